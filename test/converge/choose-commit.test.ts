import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { chooseCommit } from '../../agent/converge/choose-commit.ts'
import type { Situation } from '../../agent/converge/choose-commit.ts'
import type { Failing, Pin, Release } from '../../agent/store/state.ts'

const at = '2024-01-02T12:00:00.000Z'
const now = Date.parse(at)
const release = (letter: string, subject: string): Release => ({
  commit: letter.repeat(40),
  at,
  subject,
})
const old = release('a', 'Old')
const good = release('b', 'Good')
const fresh = release('c', 'New')
const entry = { reason: 'web1 is down', at, subject: 'New' }
const pinned: Pin = { ...old, from: good.commit }

function failing(more: Partial<Failing> = {}): Failing {
  const notBefore = '2024-01-02T12:04:00.000Z'
  return { commit: fresh.commit, byCommit: 0, byNode: 3, notBefore, reason: 'disk full', ...more }
}

const base: Situation = {
  fetched: { ...fresh, reachable: true },
  state: { applied: good, good: [good, old], failing: null, followed: null },
  refused: null,
  pinned: null,
  quarantine: {},
  isScheduled: true,
  now,
}

interface Case {
  readonly name: string
  readonly given: Partial<Situation>
  /** Letter of the commit, and what else is true of the choice. */
  readonly chosen: 'a' | 'b' | 'c' | null
  readonly flags?: 'refused' | 'waits'
  readonly says?: string | RegExp
}

const cases: readonly Case[] = [
  { name: 'a newer commit goes through', given: {}, chosen: 'c' },
  {
    name: 'nothing new: the applied one again',
    given: { fetched: { ...good, reachable: true } },
    chosen: 'b',
  },
  {
    name: 'the first commit of a node',
    given: { state: { applied: null, good: [], failing: null, followed: null } },
    chosen: 'c',
  },
  {
    name: 'remote out of reach: the applied one, though a newer one was fetched',
    given: { fetched: { ...fresh, reachable: false } },
    chosen: 'b',
  },
  {
    name: 'remote out of reach before anything was applied: what was fetched',
    given: {
      fetched: { ...fresh, reachable: false },
      state: { applied: null, good: [], failing: null, followed: null },
    },
    chosen: 'c',
  },
  {
    name: 'quarantined: the applied one, and both are told',
    given: { quarantine: { [fresh.commit]: entry } },
    chosen: 'b',
    flags: 'refused',
    says: 'cccccccc "New" is quarantined since 2024-01-02 12:00:00 UTC: web1 is down. bbbbbbbb "Good" stays in force. Push a newer commit, or let this one through with "evenkeel unquarantine cccccccc".',
  },
  {
    name: 'quarantined, and nothing was ever applied',
    given: {
      quarantine: { [fresh.commit]: entry },
      state: { applied: null, good: [], failing: null, followed: null },
    },
    chosen: null,
    flags: 'refused',
    says: /No good release is there/,
  },
  {
    name: 'a newer commit than the quarantined one goes through',
    given: { quarantine: { [old.commit]: entry } },
    chosen: 'c',
  },
  {
    name: 'the applied one was quarantined, too: the good one before it',
    given: { quarantine: { [fresh.commit]: entry, [good.commit]: entry } },
    chosen: 'a',
    flags: 'refused',
    says: /aaaaaaaa "Old" stays in force/,
  },
  {
    name: 'all were quarantined: none',
    given: {
      quarantine: { [fresh.commit]: entry, [good.commit]: entry, [old.commit]: entry },
    },
    chosen: null,
    flags: 'refused',
  },
  {
    name: 'remote out of reach, the applied one quarantined: the good one before it',
    given: {
      fetched: { ...good, reachable: false },
      quarantine: { [good.commit]: entry },
    },
    chosen: 'a',
  },
  {
    name: 'the pause after a fault of the node: the applied one',
    given: { state: { ...base.state, failing: failing() } },
    chosen: 'b',
    flags: 'waits',
    says: /failed through a fault of this node: disk full\. bbbbbbbb "Good" stays in force\. The next try is after 2024-01-02 12:04:00 UTC/,
  },
  {
    name: 'the pause is over',
    given: { state: { ...base.state, failing: failing({ notBefore: at }) } },
    chosen: 'c',
  },
  {
    name: 'a pause that was made before the clock was set back',
    given: {
      state: { ...base.state, failing: failing({ notBefore: '2036-01-01T00:00:00.000Z' }) },
    },
    chosen: 'c',
  },
  {
    name: 'refused for its signature: the applied one, and what to do',
    given: { refused: { kind: 'unverified', reason: 'it is not signed' } },
    chosen: 'b',
    flags: 'refused',
    says: 'cccccccc "New" is refused: it is not signed. bbbbbbbb "Good" stays in force. Push a commit that is signed by somebody whom this node trusts (verify in agent.yml).',
  },
  {
    name: 'no pause comes before a refusal',
    given: {
      refused: { kind: 'unverified', reason: 'it is not signed' },
      state: { ...base.state, failing: failing() },
    },
    chosen: 'b',
    flags: 'refused',
  },
  {
    name: 'the applied one itself is refused, and stays all the same',
    given: {
      fetched: { ...good, reachable: true },
      refused: { kind: 'unverified', reason: 'it is not signed' },
    },
    chosen: 'b',
    flags: 'refused',
  },
  {
    name: 'refused, and nothing was ever applied: nothing, also out of reach',
    given: {
      fetched: { ...fresh, reachable: false },
      refused: { kind: 'unverified', reason: 'it is not signed' },
      state: { applied: null, good: [], failing: null, followed: null },
    },
    chosen: null,
    flags: 'refused',
  },
  {
    name: 'refused for its history: how to let it through',
    given: { refused: { kind: 'rewound', reason: 'history was rewound' } },
    chosen: 'b',
    flags: 'refused',
    says: /"evenkeel accept cccccccc --reason TEXT"\.$/,
  },
  {
    name: 'accepted, until it is in force',
    given: {
      state: {
        ...base.state,
        followed: { ...fresh, tag: null, accepted: { who: 'ann', reason: 'forced by mistake' } },
      },
    },
    chosen: 'c',
    says: 'cccccccc "New" was accepted by ann: forced by mistake.',
  },
  {
    name: 'a run by hand does not wait',
    given: { state: { ...base.state, failing: failing() }, isScheduled: false },
    chosen: 'c',
  },
  {
    name: 'a run by hand is no way round the quarantine',
    given: { quarantine: { [fresh.commit]: entry }, isScheduled: false },
    chosen: 'b',
    flags: 'refused',
  },
  {
    name: 'the pause of another commit',
    given: { state: { ...base.state, failing: failing({ commit: old.commit }) } },
    chosen: 'c',
  },
  {
    name: 'a commit that failed once by itself is tried again at once',
    given: { state: { ...base.state, failing: failing({ notBefore: null, byCommit: 1 }) } },
    chosen: 'c',
  },
  {
    name: 'the pause of a first commit: none',
    given: { state: { applied: null, good: [], failing: failing(), followed: null } },
    chosen: null,
    flags: 'waits',
  },
  {
    name: 'pinned',
    given: { pinned },
    chosen: 'a',
    says: 'aaaaaaaa "Old" was chosen by hand on 2024-01-02 12:00:00 UTC and stays until the branch moves on from bbbbbbbb.',
  },
  {
    name: 'pinned, and the newest is quarantined: nothing is refused that nobody wants',
    given: { pinned, quarantine: { [fresh.commit]: entry } },
    chosen: 'a',
    says: /chosen by hand/,
  },
  {
    name: 'pinned, with the remote out of reach',
    given: { pinned, fetched: { ...good, reachable: false } },
    chosen: 'a',
    says: /chosen by hand/,
  },
]

for (const { name, given, chosen, flags, says } of cases) {
  test(name, () => {
    const choice = chooseCommit({ ...base, ...given })
    assert.is(choice.commit?.commit[0] ?? null, chosen)
    assert.is(choice.refused, flags === 'refused')
    assert.is(choice.waits, flags === 'waits')
    if (typeof says === 'string') assert.is(choice.sentence, says)
    else if (says !== undefined) assert.match(choice.sentence ?? '', says)
    else if (flags === undefined) {
      // Out of reach, the sentence of the fetch says why
      assert.is(choice.sentence, null)
    }
  })
}

test.run()
