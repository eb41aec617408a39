import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HaproxyHealth } from '../../agent/health/health.ts'
import type { Judgement } from '../../agent/health/judge-health.ts'
import { linesOf } from '../lines-of.ts'
import { haproxy, health, judge, nothing } from './sample.ts'
import type { Case } from './sample.ts'

const silent = { pid: null, connections: null, backends: null } as const
const down = { ...silent, unit: 'stopped' } as const
const closed = { binds: [{ name: '*:80', isListening: false }] }
const older = { fingerprint: { onDisk: 'bb', running: 'aa', isAnswering: true } }

/** Name, before, now, what is expected, and what else the case has. */
const cases: readonly [
  string,
  Partial<HaproxyHealth> | null,
  Partial<HaproxyHealth>,
  Judgement['verdict'],
  RegExp | null,
  Partial<Case>?,
][] = [
  ['as before', {}, {}, 'pass', null],
  ['haproxy stopped answering, just now', {}, silent, 'wait', /does not answer/, { elapsed: 500 }],
  ['haproxy stopped answering', {}, silent, 'fail', /does not answer/],
  [
    'its unit has failed',
    {},
    { ...silent, unit: 'failed' },
    'fail',
    /unit is failed/,
    { elapsed: 0 },
  ],
  ['its unit is stopped', {}, down, 'fail', /unit is stopped/, { elapsed: 0 }],
  [
    'it is being restarted',
    {},
    { ...silent, unit: 'starting' },
    'wait',
    /starting/,
    { elapsed: 0 },
  ],
  ['it did not answer before, either', silent, silent, 'pass', null],
  [
    'it failed before, too',
    { ...silent, unit: 'failed' },
    { ...silent, unit: 'failed' },
    'pass',
    null,
  ],
  ['a first run must bring it up', down, down, 'fail', /does not run/],
  ['a first run with no unit at all', null, silent, 'fail', /does not answer/],
  ['a first run that brings it up', down, {}, 'pass', null],
  [
    'an older configuration runs, just now',
    {},
    older,
    'wait',
    /another configuration/,
    { elapsed: 0 },
  ],
  ['an older configuration runs', {}, older, 'fail', /fingerprint is aa, haproxy.cfg has bb/],
  ['it did before, and haproxy is not touched', older, older, 'pass', null, { touched: nothing }],
  ['it did before, and a reload was due', older, older, 'fail', /another configuration/],
  [
    'no fingerprint to compare',
    {},
    { fingerprint: { onDisk: null, running: null, isAnswering: true } },
    'pass',
    null,
  ],
  ['a bind is closed, just now', {}, closed, 'wait', /does not listen on \*:80/, { elapsed: 0 }],
  ['a bind is closed', {}, closed, 'fail', /does not listen on \*:80/],
  [
    'a bind was closed before, and haproxy is not touched',
    closed,
    closed,
    'pass',
    null,
    { touched: nothing },
  ],
  ['a bind was closed before, and a reload was due', closed, closed, 'fail', /does not listen/],
  ['a new bind is closed', { binds: [] }, closed, 'fail', /does not listen/],
  ['no lists of servers any more', {}, { backends: null }, 'wait', /list its servers/],
  ['maxconn reached by itself', {}, { connections: { current: 100, limit: 100 } }, 'pass', null],
  [
    'maxconn lowered to what is in use',
    {},
    { connections: { current: 1, limit: 1 } },
    'wait',
    /1 of 1 connections, which were 100/,
  ],
]

for (const [name, before, now, verdict, reason, more] of cases) {
  test(name, () => {
    const judged = judge({
      before: health({ haproxy: before && haproxy(before) }),
      now: health({ haproxy: haproxy(now) }),
      ...more,
    })
    assert.is(judged.verdict, verdict, judged.reasons.join())
    if (reason === null) assert.equal(judged.reasons, [])
    else assert.match(judged.reasons.join(), reason)
  })
}

test('what is not worse is still told', () => {
  const told = (state: Partial<HaproxyHealth>): string =>
    linesOf(
      judge({
        before: health({ haproxy: haproxy(state) }),
        now: health({ haproxy: haproxy(state) }),
        touched: nothing,
      }).warnings,
    )
  assert.match(told(silent), /^haproxy-down .*does not answer on its admin socket, as before/)
  assert.match(told(older), /^haproxy-config-not-loaded .*another configuration .*; it did before/)
  assert.match(told(closed), /^haproxy-bind-closed .*does not listen on \*:80, as before/)
  assert.match(told({ connections: { current: 100, limit: 100 } }), /^haproxy-saturated .*maxconn/)
})

test('what clients meet is told from what they do not', () => {
  const harms = (before: Partial<HaproxyHealth>, now: Partial<HaproxyHealth>, elapsed: number) =>
    judge({
      before: health({ haproxy: haproxy(before) }),
      now: health({ haproxy: haproxy(now) }),
      elapsed,
    }).isHarmful
  for (const elapsed of [100, 10_000]) {
    assert.is(harms({}, silent, elapsed), true)
    assert.is(harms({}, closed, elapsed), true)
    assert.is(harms({}, older, elapsed), false)
  }
  assert.is(harms(silent, silent, 100), false, 'it is no worse than before')
})

test('a node without haproxy is not judged for it', () => {
  const judged = judge({ before: health(), now: health() })
  assert.equal(judged, { verdict: 'pass', reasons: [], warnings: [], isHarmful: false })
})

test.run()
