import type { Fault, Outcome } from '../report/report.ts'
import type { Owned } from '../resources/kind.ts'
import type { Verified } from '../source/verify-fetched.ts'
import { countCut, countFailure, countRepair } from './count-failure.ts'
import { addGood, isProven } from './good-release.ts'
import type { Followed, Pin, Refused, State, Target } from './state.ts'

/**
 * What a run or an operator wants this node to remember, as data: nothing else changes the state.
 *
 * The run saves most of it once, at its end. What it does next relies on some, and a crash in between must
 * find them on the disk: these are saved at once, and say why.
 */
export type StateEvent =
  /**
   * A commit is about to be tried that was never in force here. At once: one that brings its node down must
   * be known to have done so.
   */
  | { readonly type: 'begun'; readonly target: Target }
  /** The node is in sync with a commit. */
  | { readonly type: 'good'; readonly target: Target; readonly outcome: Outcome }
  /** A commit did not come into force. At once: what is enforced in its place may be cut short. */
  | {
      readonly type: 'failed'
      readonly target: Target
      readonly outcome: Outcome
      /** null: it was refused, or only an operator can fix it. */
      readonly fault: Fault | null
      /** One line. */
      readonly reason: string
      /** For a commit that was in force here before: what differs since (agent/apply/fingerprint-drift.ts). */
      readonly found: string | null
    }
  /** A commit was added to the quarantine, which is a file of its own. At once, as `failed`. */
  | { readonly type: 'quarantined'; readonly commit: string }
  /**
   * A run was cut short by a crash or a power loss. At once: the journal that had the proof is gone.
   * `passed`: the commit of that journal, if its change had passed all checks.
   */
  | { readonly type: 'cut'; readonly passed: string | null }
  /** Signatures that count, those that were known before among them. */
  | { readonly type: 'verified'; readonly verdicts: readonly Verified[] }
  /** The newest commit must not be put in force, or may be (null). */
  | { readonly type: 'judged'; readonly refused: Omit<Refused, 'at'> | null }
  /** The node is in sync with the newest commit: history has to go on from it. */
  | { readonly type: 'followed'; readonly newest: Newest }
  /** An operator lets a commit through. */
  | {
      readonly type: 'accepted'
      readonly newest: Newest
      readonly by: NonNullable<Followed['accepted']>
    }
  /** An operator goes back to a release. At once: a run that is cut short is to go on with it. */
  | { readonly type: 'pinned'; readonly pin: Pin }
  | { readonly type: 'unpinned' }
  /**
   * All that exists because of us. At once, before any of it is made and again when some of it is gone:
   * nothing else knows what is ours to remove. Written though it is the same: a node that can't write down
   * what it owns must not be changed.
   */
  | { readonly type: 'owned'; readonly owned: readonly Owned[] }

/** The newest commit of the branch or the tags; `tag`: the one that led to it. */
type Newest = Pick<Followed, 'commit' | 'subject' | 'tag'>

/** Verdicts that are kept: of the releases that stay on the disk, and of the tags they came by. */
const keptVerdicts = 12

/**
 * The state after an event; the same object when that changes nothing. Pure.
 * @param now milliseconds since the epoch
 */
export function reduce(state: State, event: StateEvent, now: number): State {
  const at = new Date(now).toISOString()
  switch (event.type) {
    case 'begun': {
      const { commit, subject } = event.target
      return { ...state, attempted: { commit, at, outcome: 'begun', subject } }
    }
    case 'good':
      return inSync(state, event.target, event.outcome, at)
    case 'failed':
      return failed(state, event, now)
    case 'quarantined':
      return state.failing?.commit === event.commit ? { ...state, failing: null } : state
    case 'cut':
      return cutShort(state, event.passed, now)
    case 'verified':
      return verified(state, event.verdicts)
    case 'judged':
      return judged(state, event.refused, at)
    case 'followed':
      return follow(state, event.newest, at)
    case 'accepted': {
      const { commit, subject, tag } = event.newest
      const followed = { commit, subject, tag, at, accepted: event.by }
      return { ...state, followed, refused: null, pinned: null }
    }
    case 'pinned':
      return { ...state, pinned: event.pin }
    case 'unpinned':
      return state.pinned === null ? state : { ...state, pinned: null }
    default:
      return { ...state, owned: event.owned }
  }
}

function inSync(state: State, { commit, subject }: Target, outcome: Outcome, at: string): State {
  const attempted = { commit, at, outcome }
  if (state.applied?.commit === commit) {
    const repair = state.repair?.commit === commit ? null : state.repair
    return { ...state, attempted, good: addGood(state, state.applied), repair }
  }
  const applied = { commit, at, subject }
  const good = addGood(state, applied)
  return { ...state, attempted, applied, good, failing: null, repair: null }
}

/**
 * A commit that was in force here before is never blamed: the fault is not in it, and there is nothing better
 * to put in its place. It gets its pauses, since each try may cost traffic: a reload whose bind fails stops
 * haproxy for 2 s.
 */
function failed(
  state: State,
  { target: { commit }, outcome, fault, reason, found }: StateEvent & { readonly type: 'failed' },
  now: number,
): State {
  const attempted = { commit, at: new Date(now).toISOString(), outcome }
  if (fault === null) return { ...state, attempted }
  return isProven(state, commit)
    ? { ...state, attempted, repair: countRepair(state.repair, { commit, reason, found }, now) }
    : { ...state, attempted, failing: countFailure(state.failing, commit, fault, reason, now) }
}

function cutShort(state: State, passed: string | null, now: number): State {
  const { attempted } = state
  if (attempted?.outcome !== 'begun') return state
  const { commit, subject = '' } = attempted
  if (passed === commit) {
    return inSync(state, { commit, subject }, 'converged', new Date(now).toISOString())
  }
  const failing = countCut(state.failing, commit, now)
  return { ...state, attempted: { ...attempted, outcome: 'failed' }, failing }
}

/** The newest first. With other keys, an object is another verdict, and takes the place of the old one. */
function verified(state: State, verdicts: readonly Verified[]): State {
  const fresh = verdicts.filter((one) => !state.verified.some((known) => isSame(known, one)))
  if (fresh.length === 0) return state
  const objects = new Set(fresh.map(({ object }) => object))
  const rest = state.verified.filter(({ object }) => !objects.has(object))
  return { ...state, verified: [...fresh, ...rest].slice(0, keptVerdicts) }
}

/** A commit that is refused for the reason it was refused for before has been so since then. */
function judged(state: State, refused: Omit<Refused, 'at'> | null, at: string): State {
  const before = state.refused
  if (refused === null) return before === null ? state : { ...state, refused }
  const { commit, subject, tag, kind, reason } = refused
  const isKnown = commit === before?.commit && reason === before.reason
  return isKnown ? state : { ...state, refused: { commit, subject, at, tag, kind, reason } }
}

/** It keeps who has accepted it, and since when it is followed. */
function follow(state: State, { commit, subject, tag }: Newest, at: string): State {
  const before = state.followed
  const isKnown = before?.commit === commit && before.tag === tag && before.subject === subject
  if (isKnown) return state
  const accepted = before?.commit === commit ? before.accepted : null
  return { ...state, followed: { commit, subject, at, tag, accepted } }
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
