import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { toWatchEntry } from '../../agent/watch/watch-entry.ts'
import type { WatchEvent } from '../../agent/watch/watch-event.ts'

const now = Date.parse('2024-01-02T12:03:11.042Z')
const cause = 'haproxy (pid 7) has died'
const cases: readonly (readonly [WatchEvent, string | null, number])[] = [
  [{ type: 'failover', cause, owner: 'watch', sentence: cause }, 'failed-over', 0],
  [{ type: 'return', cause, duration: 2_500, sentence: 'haproxy serves' }, 'came-back', 2_500],
  [{ type: 'restart', attempt: 1, error: null, duration: 90, sentence: '' }, 'restarted', 90],
  [{ type: 'restart', attempt: 1, error: 'no', duration: 9, sentence: '' }, 'restart-failed', 9],
  [{ type: 'restart', attempt: 3, error: 'no', duration: 9, sentence: '' }, null, 9],
  [{ type: 'restart', attempt: 4, error: 'no', duration: 9, sentence: '' }, 'restart-failed', 9],
  [{ type: 'verdict', from: 'up', to: 'dead', sentence: cause }, null, 0],
  [{ type: 'vips', gained: [], lost: ['192.0.2.101'], sentence: '' }, null, 0],
]

for (const [event, outcome, duration] of cases) {
  test(`${JSON.stringify(event)} is kept as ${outcome}`, () => {
    const entry = toWatchEntry(event, 'lb1', now)
    assert.is(entry?.outcome ?? null, outcome)
    if (entry !== null) assert.is(entry.durationMs, duration)
  })
}

test('the end of a failover says what it was about', () => {
  const entry = toWatchEntry(
    { type: 'return', cause, duration: 2_500, sentence: 'haproxy serves' },
    'lb1',
    now,
  )
  assert.is(entry?.message, `haproxy serves again, after: ${cause}`)
  assert.is(entry?.at, '2024-01-02T12:03:11.042Z')
})

test.run()
