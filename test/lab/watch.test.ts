/** Ten faults on a real pair under traffic, one at a time: what test/soak faults does hundreds of times. */
import * as assert from 'uvu/assert'
import { countAll, findLeaks } from '../faults/leaks.ts'
import type { Counts } from '../faults/leaks.ts'
import { bootPair } from '../faults/pair.ts'
import type { Balancer } from '../faults/pair.ts'
import { breakages } from '../faults/random-fault.ts'
import { remember, survive } from '../faults/survive.ts'
import { createSteps } from './steps.ts'
import type { Visit } from './traffic.ts'

/** Drift that no event tells of is found on schedule. */
const schedule = 'schedule: "*/5 * * * * *"'
const chosen: readonly (readonly [Balancer, string])[] = [
  ['lb1', 'worker killed'],
  ['lb2', 'master killed'],
  ['lb1', 'worker stopped'],
  ['lb2', 'frontends paused'],
  ['lb1', 'haproxy.cfg broken and haproxy killed'],
  ['lb2', 'haproxy stopped by hand'],
  ['lb1', 'keepalived killed'],
  ['lb2', 'VIP removed by hand'],
  ['lb1', 'agent killed'],
  ['lb2', 'firewall flushed'],
]

const { after, step, check, run } = createSteps('the watch')
const pair = await bootPair()
let visits: Readonly<Record<Balancer, Visit>>
let counts: Readonly<Record<string, Counts>>

after(() => pair.lab.down())

step('the agents start, and find nothing to do', async () => {
  await remember(pair, [schedule])
  visits = pair.visit(500)
  counts = await countAll(pair)
})

for (const [node, name] of chosen) {
  check(`${name} on ${node}: the pair is well again by itself`, async () => {
    const breakage = breakages.find((one) => one.name === name)
    if (breakage === undefined) throw new Error(`no fault is called ${name}`)
    const { broken, wellAfter } = await survive(pair, { node, breakage, lasts: 0 })
    console.log(`${name}: well after ${(wellAfter / 1000).toFixed(1)} s`)
    assert.equal(broken, [])
  })
}

step('visitors were served all the time but for moments, and nothing is left over', async () => {
  for (const [home, visit] of Object.entries(visits)) {
    const { ok, failed, longestGap, gaps } = await visit.stop()
    const long = gaps.filter(({ length }) => length >= 200).map(({ length }) => length)
    console.log(`${home}: ${ok} answers, ${failed} failed; ms without one: ${long.join(', ')}`)
    // As long as a keepalived that was killed may take
    assert.ok(longestGap < 5000, `${longestGap} ms without an answer`)
  }
  const now = await countAll(pair)
  for (const [node, first] of Object.entries(counts)) {
    const last = now[node]
    assert.equal(last === undefined ? ['not counted'] : findLeaks(first, last), [], node)
  }
})

run()
