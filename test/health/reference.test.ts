import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { InstanceHealth } from '../../agent/health/health.ts'
import { advanceReference, sinceReference } from '../../agent/health/reference.ts'
import { health, instance, keepalived } from './sample.ts'

const at = (time: number, given: Partial<InstanceHealth>) =>
  health({ at: time, keepalived: keepalived(instance(given)) })

const first = advanceReference([], at(100, { advertsReceived: 5 }))

for (const [name, given, since] of [
  ['goes on while nothing changes', { advertsReceived: 9 }, 900],
  ['begins anew in another state', { state: 'MASTER' }, 0],
  ['begins anew after a time as master', { timesMaster: 1, advertsReceived: 9 }, 0],
  ['begins anew after a restart', { advertsReceived: 1 }, 0],
  ['begins with a new instance', { name: 'VI_2' }, 0],
] as const) {
  test(name, () => {
    const now = advanceReference(first, at(1_000, given))
    assert.equal([...sinceReference(now, 1_000).values()], [since])
  })
}

test('a keepalived that tells nothing has no reference', () => {
  assert.equal(advanceReference(first, health({ at: 1_000 })), [])
})

test.run()
