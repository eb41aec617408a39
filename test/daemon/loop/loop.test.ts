import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { enqueue } from '../../../agent/daemon/loop/loop.ts'
import type { Queue, Waiting } from '../../../agent/daemon/loop/loop.ts'

const person = (order: string): Waiting<string> => ({ cause: 'person', order })
const schedule: Waiting<string> = { cause: 'schedule' }
const drift: Waiting<string> = { cause: 'drift' }

/** Words of what waits, the next one first. */
function after(...wakes: readonly Waiting<string>[]): string {
  const queue = wakes.reduce<Queue<string>>(enqueue, [])
  return queue
    .map((waiting) => (waiting.cause === 'person' ? waiting.order : waiting.cause))
    .join(' ')
}

for (const [what, wakes, expected] of [
  ['nothing', [], ''],
  ['persons are served in order', [person('a'), person('b'), person('a')], 'a b a'],
  ['the schedule waits once', [schedule, schedule], 'schedule'],
  ['drift waits once', [drift, drift], 'drift'],
  ['the schedule repairs drift too', [drift, schedule], 'schedule'],
  ['drift while the schedule waits', [schedule, drift], 'schedule'],
  ['a person does not stand in for the schedule', [person('plan'), schedule], 'plan schedule'],
  ['nor for drift', [drift, person('plan'), drift], 'drift plan'],
  ['persons who keep asking keep nobody out', [person('a'), schedule, person('b')], 'a schedule b'],
  ['the schedule keeps the place of drift', [drift, person('a'), schedule], 'schedule a'],
] as const) {
  test(what, () => assert.is(after(...wakes), expected))
}

test.run()
