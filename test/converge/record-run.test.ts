import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isGuilty } from '../../agent/converge/failure.ts'
import {
  recordBegin,
  recordCut,
  recordFailure,
  recordGood,
} from '../../agent/converge/record-run.ts'
import { emptyState } from '../../agent/store/state.ts'
import type { Release, State } from '../../agent/store/state.ts'

const at = '2024-01-02T12:00:00.000Z'
const now = Date.parse(at)
const release = (letter: string): Release => ({ commit: letter.repeat(40), at, subject: letter })
const [a, b, c] = [release('a'), release('b'), release('c')]
const applied: State = { ...emptyState, applied: a, good: [a] }

const subjects = ({ good }: State): string => good.map(({ subject }) => subject).join(' ')
const fail = (state: State, fault: 'commit' | 'node' | null, commit = b): State =>
  recordFailure(state, commit, 'rolled-back', fault, 'because', now)
/** Minutes from now until the next try. */
const pause = ({ failing }: State): number | null =>
  failing?.notBefore ? (Date.parse(failing.notBefore) - now) / 60_000 : null

test('the pause after faults of the node doubles, up to an hour', () => {
  let state = applied
  const pauses: (number | null)[] = []
  for (let time = 0; time < 9; time++) {
    state = fail(state, 'node')
    pauses.push(pause(state))
  }
  assert.equal(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60])
  assert.not.ok(isGuilty(state.failing, b.commit))
})

test('a commit is guilty at its second failure, whatever the node did in between', () => {
  let state = fail(applied, 'commit')
  assert.not.ok(isGuilty(state.failing, b.commit))
  assert.is(pause(state), null)
  state = fail(fail(state, 'node'), 'commit')
  assert.ok(isGuilty(state.failing, b.commit))
})

test('another commit starts anew', () => {
  const state = fail(fail(applied, 'commit'), 'commit', c)
  assert.is(state.failing?.commit, c.commit)
  assert.is(state.failing?.byCommit, 1)
})

test('neither a refusal nor what was in force before is counted', () => {
  assert.is(fail(applied, null).failing, null)
  assert.is(fail(applied, 'commit', a).failing, null)
  const older = { ...applied, applied: c, good: [c, a] }
  assert.is(fail(older, 'commit', a).failing, null)
})

test('what was in force before gets pauses of its own', () => {
  const twice = fail(fail(applied, 'commit', a), 'node', a)
  const notBefore = '2024-01-02T12:02:00.000Z'
  assert.equal(twice.repair, { commit: a.commit, failures: 2, notBefore, reason: 'because' })
  assert.is(fail(applied, null, a).repair, null)
  assert.is(fail(fail(twice, 'commit', c), 'commit', c).repair?.failures, 2)
  assert.is(recordGood(twice, a, 'in-sync', now).repair, null)
  assert.is(recordGood(twice, b, 'converged', now).repair, null)
})

test('enforcing the good release does not forgive the new one', () => {
  const state = recordGood(fail(applied, 'commit'), a, 'in-sync', now)
  assert.is(state.failing?.byCommit, 1)
  assert.is(recordGood(state, b, 'converged', now).failing, null)
})

test('a release keeps the time since when it is in force', () => {
  const state = recordGood(applied, a, 'in-sync', now + 60_000)
  assert.is(state.applied?.at, at)
  assert.is(state.attempted?.at, '2024-01-02T12:01:00.000Z')
})

test('the last five good releases are kept, the newest first', () => {
  let state = emptyState
  for (const letter of 'abcdefg') state = recordGood(state, release(letter), 'converged', now)
  assert.is(subjects(state), 'g f e d c')
})

test('after a rollback the order stays, and a new commit goes on top of what it led to', () => {
  let state = emptyState
  for (const one of [a, b, c]) state = recordGood(state, one, 'converged', now)
  const back = recordGood(state, b, 'converged', now)
  assert.is(back.applied?.subject, 'b')
  assert.is(subjects(back), 'c b a')
  assert.is(subjects(recordGood(back, release('d'), 'converged', now)), 'd b a')
})

test('a state of an earlier version: what was applied is good', () => {
  const state = recordGood({ ...applied, good: [] }, b, 'converged', now)
  assert.is(subjects(state), 'b')
})

test('a run that was cut short: first at once, then with a pause', () => {
  let state = applied
  const pauses: (number | null)[] = []
  for (let time = 0; time < 4; time++) {
    state = recordCut(recordBegin(state, b, now), null, now)
    assert.is(state.attempted?.outcome, 'failed')
    pauses.push(pause(state))
  }
  assert.equal(pauses, [null, 1, 2, 4])
})

test('a run that was cut short after its change had passed: the commit is applied', () => {
  const state = recordCut(recordBegin(applied, b, now), b.commit, now)
  assert.is(state.applied?.commit, b.commit)
  assert.is(state.applied?.subject, 'b')
  assert.is(subjects(state), 'b a')
  assert.is(state.failing, null)
})

test('a run that came to its end was not cut short', () => {
  const state = recordGood(applied, a, 'in-sync', now)
  assert.is(recordCut(state, a.commit, now), state)
})

test.run()
