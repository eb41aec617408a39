/**
 * kills the agent, or cuts the node's power, during a change of all five parts
 *
 * The node has to be wholly old or wholly new afterwards, and while only agents are killed no request may fail.
 */
import { exit, stdout } from 'node:process'
import { messageOf } from '../../agent/system/errors.ts'
import { createCrashNode, powerUp, serves } from './crash-node.ts'
import type { Side } from './crash-node.ts'
import { chooseCut, random } from './random-cut.ts'
import { readSoakFlags } from './read-soak-flags.ts'

const { seed, count, only } = readSoakFlags()
const start = Date.now()
const counts = { kill: 0, power: 0, hang: 0, old: 0, new: 0, late: 0, failures: 0 }
const requests = { sent: 0, failed: 0 }

const node = await createCrashNode('master-master')
let state: Side = 'old'
const operations: Record<Side, readonly string[]> = { old: [], new: [] }
for (const side of ['new', 'old', 'new', 'old'] as const) operations[side] = await node.change(side)

const draw = random(seed)
for (let number = 1; number <= (only ?? count); number++) {
  const numbers = [draw(), draw(), draw()] as const
  if (only === null) await attempt(number, other(state), numbers)
  // Which way it went is not known any more: both
  else if (number === only)
    for (const side of ['new', 'old'] as const) await again(number, side, numbers)
}
const { kill, power, late, failures } = counts
const minutes = Math.round((Date.now() - start) / 60_000)
stdout.write(
  `seed ${seed}, ${minutes} minutes: ${kill} kills and ${power} power cuts; ${counts.old} ended old and ` +
    `${counts.new} new (${late} came too late to stop the run); while agents were killed ` +
    `${requests.failed} of ${requests.sent} requests failed; ${failures} FAILED\n`,
)
node.lab.down()
exit(failures > 0 ? 1 : 0)

async function attempt(
  number: number,
  target: Side,
  numbers: readonly [number, number, number],
): Promise<void> {
  const cut = chooseCut(operations[target], numbers)
  const what = `${number}: to ${target}, ${cut.how} ${cut.delay} ms after "${cut.at}"`
  counts[cut.how] += 1
  try {
    await serves(node.lab)
    const outcome = await node.survive(node.to(target), cut)
    state = outcome.state
    counts[state] += 1
    if (!outcome.wasCut) counts.late += 1
    if (cut.how === 'kill') {
      requests.sent += outcome.traffic.ok + outcome.traffic.failed
      requests.failed += outcome.traffic.failed
    }
    stdout.write(`${what}: ${state}; ${outcome.recovered}\n`)
  } catch (error) {
    counts.failures += 1
    const message = messageOf(error)
    stdout.write(`FAIL ${what}: test/soak crash --seed ${seed} --only ${number}\n${message}\n`)
    await startAfresh('new')
  }
}

async function again(
  number: number,
  target: Side,
  numbers: readonly [number, number, number],
): Promise<void> {
  if (state === target) await startAfresh(other(target))
  await attempt(number, target, numbers)
}

/** What comes after a failure shall begin from a whole state. */
async function startAfresh(side: Side): Promise<void> {
  powerUp(node.lab)
  node.lab.sh('lb1', "find / -xdev -name '*.evenkeel-new' -delete; evenkeel recover")
  await node.change(side)
  state = side
}

function other(side: Side): Side {
  return side === 'old' ? 'new' : 'old'
}
