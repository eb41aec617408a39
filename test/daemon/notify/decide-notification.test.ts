import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  decideNotification,
  nothingTold,
} from '../../../agent/daemon/notify/decide-notification.ts'
import type { Occurrence, Told } from '../../../agent/daemon/notify/decide-notification.ts'
import type { WatchEvent } from '../../../agent/watch/watch-event.ts'
import { ran } from './sample.ts'

const minute = 60_000
const hold = 30 * minute
const start = Date.parse('2024-01-02T12:00:00Z')

/** What is told when things happen a minute apart: one word each, `-` for nothing. */
function tell(occurrences: readonly Occurrence[], begin: Told = nothingTold): string {
  let told = begin
  return occurrences
    .map((occurrence, minutes) => {
      const about = { host: 'lb1', now: start + minutes * minute, hold }
      const verdict = decideNotification(told, occurrence, about)
      told = verdict.told
      return verdict.notification?.event ?? '-'
    })
    .join(' ')
}

const ok = ran('in-sync')
const failed = ran('failed')
const web: Partial<WatchEvent> = { sentence: 'haproxy was killed' }
const watch = (event: Partial<WatchEvent>): Occurrence => ({
  type: 'watch',
  event: { ...web, ...event } as WatchEvent,
})
const vips = (gained: readonly string[], lost: readonly string[]): Occurrence =>
  watch({ type: 'vips', gained, lost })
const failover = watch({ type: 'failover', cause: 'killed', owner: 'watch' })
const back = watch({ type: 'return', cause: 'killed', duration: 1 })

const cases: readonly (readonly [string, readonly Occurrence[], string])[] = [
  ['what goes well is not told', [ok, ran('converged'), ok], '- - -'],
  [
    'the same failure is told once, and its end',
    [failed, failed, failed, ok, ok],
    'failure - - recovered -',
  ],
  ['a failure that comes back is news', [failed, ok, failed], 'failure recovered failure'],
  [
    'another commit that fails is news',
    [failed, ran('failed', 'b'), ran('failed', 'b')],
    'failure failure -',
  ],
  [
    'another thing that fails is news, and the first is not told again',
    [failed, ran('failed', 'a', { failed: 'service haproxy' }), failed],
    'failure failure -',
  ],
  [
    'a commit that is rolled back twice, and then quarantined',
    [ran('rolled-back'), ran('rolled-back'), ran('refused'), ran('refused')],
    'rollback - refusal -',
  ],
  ['the commit that mends it', [ran('refused'), ran('converged', 'b')], 'refusal recovered'],
  ['a failure without a commit', [ran('failed', null), ran('failed', null)], 'failure -'],
  [
    'drift that is repaired meanwhile is no recovery',
    [failed, ran('converged', 'b', { cause: 'drift' }), failed],
    'failure - -',
  ],
  ['drift that can not be repaired', [ran('failed', 'a', { cause: 'drift' })], 'failure'],
  [
    'a plan says nothing',
    [ran('failed', 'a', { mode: 'plan' }), failed, ran('in-sync', 'a', { mode: 'plan' })],
    '- failure -',
  ],
  ['a run over a folder is no recovery', [failed, ran('in-sync', null), failed], 'failure - -'],
  [
    'what a commit that failed is held for was told',
    [failed, ...Array<Occurrence>(40).fill(ran('held'))],
    `failure${' -'.repeat(40)}`,
  ],
  [
    'a short hold is not told',
    [...Array<Occurrence>(30).fill(ran('held')), ok],
    '- '.repeat(30) + '-',
  ],
  [
    'a long hold is told once, and its end',
    [...Array<Occurrence>(33).fill(ran('held')), ok],
    `${'- '.repeat(30)}held - - recovered`,
  ],
  [
    'drift that is repaired meanwhile does not end a hold',
    [
      ...Array<Occurrence>(20).fill(ran('held')),
      ran('in-sync', 'b', { cause: 'drift' }),
      ...Array<Occurrence>(10).fill(ran('held')),
    ],
    `${'- '.repeat(30)}held`,
  ],
  [
    'haproxy dies, and comes back',
    [failover, vips([], ['v1']), back, vips(['v1'], [])],
    'failover - recovered -',
  ],
  ['the peer dies, and comes back', [vips(['v2'], []), vips([], ['v2'])], 'failover recovered'],
  [
    'two VIPs come one by one and leave one by one',
    [vips(['v2'], []), vips(['v3'], []), vips([], ['v2']), vips([], ['v3'])],
    'failover failover - recovered',
  ],
  [
    'what else the watch does',
    [
      watch({ type: 'verdict', from: 'up', to: 'saturated' }),
      watch({ type: 'restart', attempt: 1, error: null, duration: 1 }),
    ],
    '- -',
  ],
]
for (const [name, occurrences, expected] of cases) {
  test(name, () => assert.is(tell(occurrences), expected))
}

test('a clock that is set back makes no hold longer', () => {
  const about = { host: 'lb1', now: start, hold }
  const { told } = decideNotification(nothingTold, ran('held'), about)
  const earlier = decideNotification(told, ran('held'), { ...about, now: start - 60 * minute })
  const later = decideNotification(earlier.told, ran('held'), {
    ...about,
    now: start - 30 * minute,
  })
  assert.is(later.notification?.event, 'held')
})

test('the memory of troubles has an end', () => {
  let told = nothingTold
  for (let n = 0; n < 100; n += 1) {
    const occurrence = ran('failed', 'a', { failed: `file ${n}` })
    told = decideNotification(told, occurrence, { host: null, now: start, hold }).told
  }
  assert.is(told.troubles.length, 20)
})

test('a message says what it is about', () => {
  const about = { host: 'other', now: start, hold }
  assert.equal(decideNotification(nothingTold, failed, about).notification, {
    version: 1,
    event: 'failure',
    host: 'lb1',
    commit: 'a'.repeat(40),
    subject: 'Add web3',
    message: 'it is failed',
    run_id: '20240102120000000',
    at: '2024-01-02T12:00:00.000Z',
  })
  const { notification } = decideNotification(nothingTold, failover, about)
  assert.is(notification?.host, 'other')
  assert.is(notification?.message, 'haproxy was killed')
})

test.run()
