/**
 * breaks haproxy, keepalived, the agent and files on both nodes of a pair, one at a time, under traffic
 *
 * Afterwards the pair has to be well without a hand, each VIP at home, never on two nodes or on none for long.
 */
import { exit, stdout } from 'node:process'
import { messageOf } from '../../agent/system/errors.ts'
import { countAll, findLeaks } from '../faults/leaks.ts'
import { bootPair } from '../faults/pair.ts'
import { chooseFault } from '../faults/random-fault.ts'
import type { ChosenFault } from '../faults/random-fault.ts'
import { remember, repair, survive } from '../faults/survive.ts'
import { random } from './random-cut.ts'
import { readSoakFlags } from './read-soak-flags.ts'

/** Drift that no event tells of is found on schedule. */
const schedule = 'schedule: "*/10 * * * * *"'

const { seed, count, only } = readSoakFlags()
const start = Date.now()
const pair = await bootPair()
await remember(pair, [schedule])
const visits = pair.visit(60)
const before = await countAll(pair)
const longest = { onNone: 0, onTwo: 0, wellAfter: 0 }
let failures = 0

const draw = random(seed)
for (let number = 1; number <= (only ?? count); number++) {
  const fault = chooseFault([draw(), draw(), draw()])
  if (only === null || number === only) await attempt(number, fault)
}
const after = await countAll(pair)
for (const node of Object.keys(after)) {
  const [first, last] = [before[node], after[node]]
  const leaks = first && last ? findLeaks(first, last) : ['not counted']
  if (leaks.length > 0) failures += 1
  for (const leak of leaks) stdout.write(`FAIL ${node} leaks: ${leak}\n`)
}
const traffic = await Promise.all([visits.lb1.stop(), visits.lb2.stop()])
const [ok, failed] = (['ok', 'failed'] as const).map((key) =>
  traffic.reduce((sum, one) => sum + one[key], 0),
)
const minutes = Math.round((Date.now() - start) / 60_000)
stdout.write(
  `seed ${seed}, ${minutes} minutes: a VIP on no node for at most ${longest.onNone} ms, on two for ` +
    `${longest.onTwo} ms; well again after at most ${(longest.wellAfter / 1000).toFixed(1)} s; ${ok} requests ` +
    `answered, ${failed} failed; ${failures} FAILED\n`,
)
pair.lab.down()
exit(failures > 0 ? 1 : 0)

async function attempt(number: number, fault: ChosenFault): Promise<void> {
  const { node, breakage, lasts } = fault
  const what = `${number}: ${breakage.name} on ${node}${lasts > 0 ? ` for ${lasts} ms` : ''}`
  try {
    const { broken, ...times } = await survive(pair, fault)
    for (const key of ['onNone', 'onTwo', 'wellAfter'] as const) {
      longest[key] = Math.max(longest[key], times[key])
    }
    const said = `on none ${times.onNone} ms, on two ${times.onTwo} ms, well after ${times.wellAfter} ms`
    if (broken.length > 0) throw new Error([...broken, said].join('\n'))
    stdout.write(`${what}: ${said}\n`)
  } catch (error) {
    failures += 1
    const message = messageOf(error)
    stdout.write(`FAIL ${what}: test/soak faults --seed ${seed} --only ${number}\n${message}\n`)
    await repair(pair)
  }
}
