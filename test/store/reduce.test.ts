import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isGuilty } from '../../agent/store/count-failure.ts'
import { reduce } from '../../agent/store/reduce.ts'
import type { StateEvent } from '../../agent/store/reduce.ts'
import { emptyState } from '../../agent/store/state.ts'
import type { Pin, Refused, Release, State } from '../../agent/store/state.ts'

const at = '2024-01-02T12:00:00.000Z'
const now = Date.parse(at)
const earlier = '2024-01-01T00:00:00.000Z'
const release = (letter: string): Release => ({ commit: letter.repeat(40), at, subject: letter })
const [a, b, c] = [release('a'), release('b'), release('c')]
const applied: State = { ...emptyState, applied: a, good: [a] }

const good = (target: Release, outcome: 'in-sync' | 'converged' = 'converged'): StateEvent => ({
  type: 'good',
  target,
  outcome,
})
const failed = (
  fault: 'commit' | 'node' | null,
  target = b,
  found: string | null = null,
): StateEvent => ({
  type: 'failed',
  target,
  outcome: 'rolled-back',
  fault,
  reason: 'because',
  found,
})
const begun: StateEvent = { type: 'begun', target: b }
const cut = (passed: Release | null = null): StateEvent => ({
  type: 'cut',
  passed: passed && passed.commit,
})

/** The state after events, all at one moment. */
const after = (state: State, ...events: readonly StateEvent[]): State =>
  events.reduce((before, event) => reduce(before, event, now), state)

const subjects = (state: State): string => state.good.map(({ subject }) => subject).join(' ')
/** Minutes from now until the next try. */
const pause = ({ failing }: State): number | null =>
  failing?.notBefore ? (Date.parse(failing.notBefore) - now) / 60_000 : null

const pin: Pin = { ...a, at: earlier, from: b.commit }
const refused: Refused = {
  ...b,
  at: earlier,
  tag: null,
  kind: 'rewound',
  reason: 'history was rewound',
}
const { at: _, ...refusal } = refused
const followed = { ...b, at: earlier, tag: 'v1', accepted: { who: 'ann', reason: 'by phone' } }
const newest = { commit: b.commit, subject: b.subject, tag: 'v1' }
const verdict = { object: a.commit, keys: 'k', signer: 'ann' }
const thing = { kind: 'copy', name: '/etc/a', before: null }

interface Case {
  readonly name: string
  /** What the state has besides a release in force. */
  readonly given?: Partial<State>
  readonly event: StateEvent
  /** What becomes of it; null: the same object, so that nothing is written. */
  readonly becomes: Partial<State> | null
}

const cases: readonly Case[] = [
  {
    name: 'a commit is tried for the first time',
    event: begun,
    becomes: { attempted: { commit: b.commit, at, outcome: 'begun', subject: 'b' } },
  },
  {
    name: 'a commit comes into force',
    event: good(b),
    becomes: {
      attempted: { commit: b.commit, at, outcome: 'converged' },
      applied: b,
      good: [b, a],
    },
  },
  {
    name: 'a commit is refused: nothing is counted',
    event: failed(null),
    becomes: { attempted: { commit: b.commit, at, outcome: 'rolled-back' } },
  },
  {
    name: 'a commit fails through its own fault',
    event: failed('commit'),
    becomes: {
      attempted: { commit: b.commit, at, outcome: 'rolled-back' },
      failing: { commit: b.commit, byCommit: 1, byNode: 0, notBefore: null, reason: 'because' },
    },
  },
  {
    name: 'a commit that is quarantined does not fail any more',
    given: {
      failing: { commit: b.commit, byCommit: 2, byNode: 0, notBefore: null, reason: 'because' },
    },
    event: { type: 'quarantined', commit: b.commit },
    becomes: { failing: null },
  },
  {
    name: 'another one was quarantined',
    given: {
      failing: { commit: b.commit, byCommit: 1, byNode: 0, notBefore: null, reason: 'because' },
    },
    event: { type: 'quarantined', commit: c.commit },
    becomes: null,
  },
  { name: 'a run that came to its end was not cut short', event: cut(a), becomes: null },
  {
    name: 'a first signature',
    event: { type: 'verified', verdicts: [verdict] },
    becomes: { verified: [verdict] },
  },
  {
    name: 'a signature that is known',
    given: { verified: [verdict] },
    event: { type: 'verified', verdicts: [{ ...verdict }] },
    becomes: null,
  },
  {
    name: 'with other keys, the new verdict takes the place of the old one',
    given: { verified: [verdict, { ...verdict, object: b.commit }] },
    event: { type: 'verified', verdicts: [{ ...verdict, object: b.commit, keys: 'l' }] },
    becomes: { verified: [{ ...verdict, object: b.commit, keys: 'l' }, verdict] },
  },
  {
    name: 'the oldest verdicts go',
    given: { verified: Array.from({ length: 12 }, (_, n) => ({ ...verdict, object: `${n}` })) },
    event: { type: 'verified', verdicts: [verdict] },
    becomes: {
      verified: [
        verdict,
        ...Array.from({ length: 11 }, (_, n) => ({ ...verdict, object: `${n}` })),
      ],
    },
  },
  {
    name: 'the newest commit is refused',
    event: { type: 'judged', refused: refusal },
    becomes: { refused: { ...refused, at } },
  },
  {
    name: 'it is refused again: since then',
    given: { refused },
    event: { type: 'judged', refused: refusal },
    becomes: null,
  },
  {
    name: 'it is refused for another reason: since now',
    given: { refused },
    event: { type: 'judged', refused: { ...refusal, reason: 'another' } },
    becomes: { refused: { ...refused, at, reason: 'another' } },
  },
  {
    name: 'another commit is refused for the same reason: since now',
    given: { refused },
    event: { type: 'judged', refused: { ...refusal, commit: c.commit } },
    becomes: { refused: { ...refused, at, commit: c.commit } },
  },
  {
    name: 'the newest commit may be put in force',
    given: { refused },
    event: { type: 'judged', refused: null },
    becomes: { refused: null },
  },
  {
    name: 'the newest commit may still be put in force',
    event: { type: 'judged', refused: null },
    becomes: null,
  },
  {
    name: 'the newest commit is followed',
    event: { type: 'followed', newest },
    becomes: { followed: { ...newest, at, accepted: null } },
  },
  {
    name: 'one that is followed keeps who accepted it',
    given: { followed },
    event: { type: 'followed', newest },
    becomes: null,
  },
  {
    name: 'it keeps that under another tag, too',
    given: { followed },
    event: { type: 'followed', newest: { ...newest, tag: 'v2' } },
    becomes: { followed: { ...followed, at, tag: 'v2' } },
  },
  {
    name: 'the next one came by itself',
    given: { followed },
    event: { type: 'followed', newest: { ...newest, commit: c.commit } },
    becomes: { followed: { ...newest, commit: c.commit, at, accepted: null } },
  },
  {
    name: 'an operator accepts a commit, which ends a pin',
    given: { refused, pinned: pin },
    event: { type: 'accepted', newest, by: { who: 'ann', reason: 'by phone' } },
    becomes: { followed: { ...followed, at }, refused: null, pinned: null },
  },
  { name: 'a way back', event: { type: 'pinned', pin }, becomes: { pinned: pin } },
  {
    name: 'its end',
    given: { pinned: pin },
    event: { type: 'unpinned' },
    becomes: { pinned: null },
  },
  { name: 'no pin to end', event: { type: 'unpinned' }, becomes: null },
  {
    name: 'something is made',
    event: { type: 'owned', owned: [thing] },
    becomes: { owned: [thing] },
  },
  {
    name: 'nothing new is made: written all the same',
    given: { owned: [thing] },
    event: { type: 'owned', owned: [{ ...thing }] },
    becomes: { owned: [thing] },
  },
]

for (const { name, given, event, becomes } of cases) {
  test(`${event.type}: ${name}`, () => {
    const state = { ...applied, ...given }
    const found = reduce(state, event, now)
    if (becomes === null) assert.is(found, state)
    else {
      assert.is.not(found, state)
      assert.equal(found, { ...state, ...becomes })
    }
  })
}

test('the pause after faults of the node doubles, up to an hour', () => {
  let state = applied
  const pauses: (number | null)[] = []
  for (let time = 0; time < 9; time++) {
    state = after(state, failed('node'))
    pauses.push(pause(state))
  }
  assert.equal(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60])
  assert.not.ok(isGuilty(state.failing, b.commit))
})

test('a commit is guilty at its second failure, whatever the node did in between', () => {
  let state = after(applied, failed('commit'))
  assert.not.ok(isGuilty(state.failing, b.commit))
  assert.is(pause(state), null)
  state = after(state, failed('node'), failed('commit'))
  assert.ok(isGuilty(state.failing, b.commit))
})

test('another commit starts anew', () => {
  const { failing } = after(applied, failed('commit'), failed('commit', c))
  assert.is(failing?.commit, c.commit)
  assert.is(failing?.byCommit, 1)
})

test('neither a refusal nor what was in force before is counted', () => {
  assert.is(after(applied, failed(null)).failing, null)
  assert.is(after(applied, failed('commit', a)).failing, null)
  const older = { ...applied, applied: c, good: [c, a] }
  assert.is(after(older, failed('commit', a)).failing, null)
})

test('what was in force before gets pauses of its own', () => {
  const twice = after(applied, failed('commit', a), failed('node', a))
  const notBefore = '2024-01-02T12:02:00.000Z'
  const repair = { commit: a.commit, failures: 2, found: null, notBefore, reason: 'because' }
  assert.equal(twice.repair, repair)
  const other = after(twice, failed('node', a, 'other drift')).repair
  assert.equal([other?.failures, other?.found], [1, 'other drift'])
  assert.is(after(applied, failed(null, a)).repair, null)
  assert.is(after(twice, failed('commit', c), failed('commit', c)).repair?.failures, 2)
  assert.is(after(twice, good(a, 'in-sync')).repair, null)
  assert.is(after(twice, good(b)).repair, null)
})

test('enforcing the good release does not forgive the new one', () => {
  const state = after(applied, failed('commit'), good(a, 'in-sync'))
  assert.is(state.failing?.byCommit, 1)
  assert.is(after(state, good(b)).failing, null)
})

test('a release keeps the time since when it is in force', () => {
  const state = reduce(applied, good(a, 'in-sync'), now + 60_000)
  assert.is(state.applied?.at, at)
  assert.is(state.attempted?.at, '2024-01-02T12:01:00.000Z')
})

test('the last five good releases are kept, the newest first', () => {
  const events = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((letter) => good(release(letter)))
  assert.is(subjects(after(emptyState, ...events)), 'g f e d c')
})

test('after a rollback the order stays, and a new commit goes on top of what it led to', () => {
  const back = after(emptyState, good(a), good(b), good(c), good(b))
  assert.is(back.applied?.subject, 'b')
  assert.is(subjects(back), 'c b a')
  assert.is(subjects(after(back, good(release('d')))), 'd b a')
})

test('a state of an earlier version: what was applied is good', () => {
  assert.is(subjects(after({ ...applied, good: [] }, good(b))), 'b')
})

test('a run that was cut short: first at once, then with a pause', () => {
  let state = applied
  const pauses: (number | null)[] = []
  for (let time = 0; time < 4; time++) {
    state = after(state, begun, cut())
    assert.is(state.attempted?.outcome, 'failed')
    pauses.push(pause(state))
  }
  assert.equal(pauses, [null, 1, 2, 4])
})

test('a run that was cut short after its change had passed: the commit is applied', () => {
  const state = after(applied, begun, cut(b))
  assert.is(state.applied?.commit, b.commit)
  assert.is(state.applied?.subject, 'b')
  assert.is(subjects(state), 'b a')
  assert.is(state.failing, null)
})

test('a run that was cut short after another change had passed counts as one that was cut short', () => {
  assert.is(after(applied, begun, cut(c)).failing?.reason, 'the run was cut short')
})

test.run()
