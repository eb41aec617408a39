import { mock } from 'node:test'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { splayOffset, startNodeSchedule } from '../../../agent/daemon/loop/node-schedule.ts'
import type { NodeSchedule } from '../../../agent/daemon/loop/node-schedule.ts'
import type { Profile } from '../../../agent/store/profile.ts'
import { UsageError } from '../../../agent/system/errors.ts'
import { profileOf } from '../evidence/sample.ts'

const hour = 3_600_000
const start = Date.parse('2024-01-02T12:00:01Z')
const slot = Date.parse('2024-01-02T13:00:00Z')
const keys = { schedule: '0 * * * *', splay: 600, node: 'lb1' }
const ofPair = splayOffset('lb1', ['lb2'], 600_000)

/** Acts on a schedule; what comes back is how far it was behind the next full hour, in turn. */
function offsets(
  profile: Profile | null,
  act: (schedule: NodeSchedule) => readonly number[],
): readonly number[] {
  mock.timers.enable({ apis: ['Date', 'setTimeout'], now: start })
  const schedule = startNodeSchedule({ config: keys, profile }, () => {})
  try {
    return act(schedule)
  } finally {
    schedule.stop()
    mock.timers.reset()
  }
}

test('its place is that among its peers, once they are known', () => {
  const found = offsets(null, (schedule) => {
    const alone = schedule.next() - slot
    schedule.update(profileOf('lb1'))
    return [alone, schedule.next() - slot]
  })
  assert.equal(found, [splayOffset('lb1', [], 600_000), ofPair])
})

test('a new agent.yml counts at once, and a wrong one not at all', () => {
  const found = offsets(profileOf('lb1'), (schedule) => {
    const first = schedule.next() - slot
    assert.throws(
      () => schedule.configure({ ...keys, schedule: 'hourly' }),
      (error: unknown) => error instanceof UsageError,
    )
    const second = schedule.next() - slot
    schedule.configure({ ...keys, schedule: '0 */2 * * *' })
    const third = schedule.next() - slot
    const other = profileOf('lb1')
    schedule.update({ ...other, scope: { ...other.scope, peers: [] } })
    return [first, second, third, schedule.next() - slot]
  })
  const alone = splayOffset('lb1', [], 600_000)
  assert.equal(found, [ofPair, ofPair, ofPair + hour, alone + hour])
})

test('a run that finds the same peers leaves it as it is', () => {
  let due = 0
  mock.timers.enable({ apis: ['Date', 'setTimeout'], now: start })
  const schedule = startNodeSchedule({ config: keys, profile: profileOf('lb1') }, () => (due += 1))
  try {
    // Between the slot and its offset: a schedule that began anew would wait for the next slot
    for (let passed = 0; passed < hour + 10_000; passed += 10_000) mock.timers.tick(10_000)
    assert.is(due, 0)
    schedule.update({ ...profileOf('lb1'), files: ['/etc/a'] })
    for (let passed = 0; passed < 600_000; passed += 10_000) mock.timers.tick(10_000)
    assert.is(due, 1)
  } finally {
    schedule.stop()
    mock.timers.reset()
  }
})

test.run()
