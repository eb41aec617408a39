import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { decide } from '../../agent/converge/decide.ts'
import type { Attempt, Decision, Proposal, Situation } from '../../agent/converge/decide.ts'
import { wholeRun } from '../../agent/converge/request.ts'
import { warn } from '../../agent/diagnostics/warning.ts'
import type { Fetched } from '../../agent/source/fetch-commit.ts'
import { emptyState } from '../../agent/store/state.ts'
import type { Release, State } from '../../agent/store/state.ts'

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
const state: State = { ...emptyState, applied: good, good: [good, old] }
const pin = { ...old, from: good.commit }
const scheduled = wholeRun('converge', 'schedule')

const fetch = (one: Release, more: Partial<Fetched> = {}): Fetched => ({
  ...one,
  author: '',
  date: '',
  reachable: true,
  moved: true,
  ...more,
})
const remote = (fetched: Fetched, more: Partial<Proposal> = {}): Proposal =>
  ({ from: 'remote', fetched, refused: null, pinned: null, ...more }) as Proposal
const back = (target: Release): Proposal => ({
  from: 'operator',
  target,
  newest: good.commit,
  ref: 'branch main',
})
const away = fetch(fresh, { reachable: false, problem: 'no route to it' })

const followedNew = { commit: fresh.commit, subject: 'New', tag: null }

interface Case {
  readonly name: string
  readonly given: Partial<Situation> & Pick<Situation, 'proposal'>
  /** Letters of the commits, in turn; `!`: it is enforced in place of a newer one. */
  readonly tries: string
  /** How the run ends for the newest commit, where that is not tried. */
  readonly ends?: 'refused' | 'held'
  /** Letter of the commit that the report is about. Default: the first that is tried. */
  readonly about?: string
  readonly first?: Partial<Attempt>
  readonly more?: Partial<Pick<Decision, 'first' | 'warnings'>>
}

const cases: readonly Case[] = [
  {
    name: 'a newer commit is tried, else the good release is enforced',
    given: { proposal: remote(fetch(fresh)) },
    tries: 'c b!',
    first: { ifGood: { events: [{ type: 'followed', newest: followedNew }], sentence: null } },
  },
  {
    name: 'the tag that led to a commit is followed',
    given: { proposal: remote(fetch(fresh, { tag: { name: 'v2', object: 'd' } })) },
    tries: 'c b!',
    first: {
      ifGood: {
        events: [{ type: 'followed', newest: { ...followedNew, tag: 'v2' } }],
        sentence: null,
      },
    },
  },
  {
    name: 'nothing new: the good release, and no other way',
    given: { proposal: remote(fetch(good)) },
    tries: 'b',
  },
  {
    name: 'a first commit',
    given: { proposal: remote(fetch(fresh)), state: emptyState },
    tries: 'c',
  },
  {
    name: 'a part of the tasks: nothing is enforced in its place',
    given: { proposal: remote(fetch(fresh)), request: { ...scheduled, tags: ['web'] } },
    tries: 'c',
  },
  {
    name: 'with other variables: the same',
    given: { proposal: remote(fetch(fresh)), request: { ...scheduled, extraVars: [['a', '1']] } },
    tries: 'c',
  },
  {
    name: 'check mode looks at both',
    given: { proposal: remote(fetch(fresh)), request: wholeRun('plan', 'schedule') },
    tries: 'c b!',
  },
  {
    name: 'remote out of reach: the good release, which is not followed anew',
    given: { proposal: remote(away) },
    tries: 'b',
    first: { ifGood: { events: [], sentence: null } },
    more: {
      warnings: [warn('remote-unreachable', 'no route to it; bbbbbbbb "Good" stays in force')],
    },
  },
  {
    name: 'remote out of reach, nothing applied: what was fetched',
    given: { proposal: remote(away), state: emptyState },
    tries: 'c',
    first: { ifGood: { events: [{ type: 'followed', newest: followedNew }], sentence: null } },
    more: {
      warnings: [warn('remote-unreachable', 'no route to it; cccccccc "New" stays in force')],
    },
  },
  {
    name: 'refused: the good release, and the report is about the newest one',
    given: {
      proposal: remote(fetch(fresh), { refused: { kind: 'unverified', reason: 'not signed' } }),
    },
    tries: 'b!',
    ends: 'refused',
    about: 'c',
  },
  {
    name: 'quarantined: the same',
    given: { proposal: remote(fetch(fresh)), quarantine: { [fresh.commit]: entry } },
    tries: 'b!',
    ends: 'refused',
    about: 'c',
  },
  {
    name: 'the good one quarantined, too: the one before',
    given: {
      proposal: remote(fetch(fresh)),
      quarantine: { [fresh.commit]: entry, [good.commit]: entry },
    },
    tries: 'a!',
    ends: 'refused',
    about: 'c',
  },
  {
    name: 'quarantined, and nothing to enforce: nothing is tried',
    given: {
      proposal: remote(fetch(fresh)),
      state: emptyState,
      quarantine: { [fresh.commit]: entry },
    },
    tries: '',
    ends: 'refused',
    about: '',
  },
  {
    name: 'a pause: the good release meanwhile',
    given: {
      proposal: remote(fetch(fresh)),
      state: {
        ...state,
        failing: {
          commit: fresh.commit,
          byCommit: 0,
          byNode: 1,
          notBefore: '2024-01-02T12:01:00.000Z',
          reason: 'disk full',
        },
      },
    },
    tries: 'b!',
    ends: 'held',
    about: 'c',
  },
  {
    name: 'pinned: the pin, said first, else the good release',
    given: { proposal: remote(fetch(fresh), { pinned: pin }) },
    tries: 'a b!',
    first: {
      sentence:
        'aaaaaaaa "Old" was chosen by hand on 2024-01-02 12:00:00 UTC and stays until the branch moves on from bbbbbbbb.',
      ifGood: { events: [], sentence: null },
    },
  },
  {
    name: 'drift: what is due here, else the good release',
    given: { proposal: { from: 'drift', due: old } },
    tries: 'a b!',
    first: { sentence: null, ifGood: { events: [], sentence: null }, ifBad: [] },
  },
  {
    name: 'drift from the good release: that alone',
    given: { proposal: { from: 'drift', due: good } },
    tries: 'b',
  },
  {
    name: 'the way back: pinned before it is tried, and not once it has failed',
    given: { proposal: back(old) },
    tries: 'a b!',
    first: {
      ifGood: {
        events: [],
        sentence:
          'It stays until branch main moves on from bbbbbbbb; "evenkeel rollback bbbbbbbb" ends that.',
      },
      ifBad: [{ type: 'unpinned' }],
    },
    more: { first: [{ type: 'pinned', pin }] },
  },
  {
    name: 'the way back from a way back that fails: the old pin holds again',
    given: { proposal: back(fresh), state: { ...state, pinned: pin } },
    tries: 'c b!',
    first: { ifBad: [{ type: 'pinned', pin }] },
    more: { first: [{ type: 'pinned', pin: { ...fresh, from: good.commit } }] },
  },
  {
    name: 'the way back to the newest commit ends the pin',
    given: { proposal: back(good), state: { ...state, applied: old, pinned: pin } },
    tries: 'b a!',
    first: {
      ifGood: {
        events: [],
        sentence: 'That is the newest commit of branch main, which this node follows again.',
      },
      ifBad: [{ type: 'pinned', pin }],
    },
    more: { first: [{ type: 'unpinned' }] },
  },
]

const letter = (commit: string | undefined): string => commit?.[0] ?? ''

for (const { name, given, tries, ends, about, first, more } of cases) {
  test(name, () => {
    const decision = decide({ request: scheduled, state, quarantine: {}, now, ...given })
    const { attempts, verdict } = decision
    const tried = attempts.map(({ target, stays }) => `${letter(target.commit)}${stays ? '!' : ''}`)
    assert.is(tried.join(' '), tries)
    assert.is(verdict?.outcome, ends)
    assert.is(letter(decision.about?.commit), about ?? tries.slice(0, 1))
    for (const [key, value] of Object.entries(first ?? {})) {
      assert.equal(attempts[0]?.[key as keyof Attempt], value, key)
    }
    assert.equal(decision.first, more?.first ?? [])
    assert.equal(decision.warnings, more?.warnings ?? [])
  })
}

test.run()
