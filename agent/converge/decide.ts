import { warn } from '../diagnostics/warning.ts'
import type { Warning } from '../diagnostics/warning.ts'
import type { Ended } from '../report/closing.ts'
import type { Fetched } from '../source/fetch-commit.ts'
import { inForce, name } from '../store/good-release.ts'
import type { Quarantine } from '../store/quarantine.ts'
import type { StateEvent } from '../store/reduce.ts'
import type { Release, State, Target } from '../store/state.ts'
import { exitCode } from '../system/errors.ts'
import { chooseCommit } from './choose-commit.ts'
import type { Choice } from './choose-commit.ts'
import type { Judged } from './judge.ts'
import { isWhole } from './request.ts'
import type { Request } from './request.ts'

/** Who proposes a commit to this node. */
export type Proposal =
  | ({ readonly from: 'remote'; readonly fetched: Fetched } & Omit<Judged, 'events'>)
  /** The remote is not asked: the release that is to hold here is enforced. */
  | { readonly from: 'drift'; readonly due: Release }
  /** An operator goes back to a good release. `newest`: the newest commit of `ref` that this node knows. */
  | {
      readonly from: 'operator'
      readonly target: Release
      readonly newest: string
      readonly ref: string
    }

/** All that decides on what a run tries. */
export interface Situation {
  readonly proposal: Proposal
  readonly request: Request
  readonly state: State
  readonly quarantine: Quarantine
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** A commit to try, and what follows from it. */
export interface Attempt {
  readonly target: Target
  /** It is enforced in place of a newer one. */
  readonly stays: boolean
  /** Said before what becomes of it; null: nothing is special about it. */
  readonly sentence: string | null
  /** Once it is in force. */
  readonly ifGood: { readonly events: readonly StateEvent[]; readonly sentence: string | null }
  /** Once it is not. */
  readonly ifBad: readonly StateEvent[]
}

/** What a run tries. */
export interface Decision {
  /** How the run ends for the newest commit, where that one is not tried; null: it is, or another one is due. */
  readonly verdict: Ended | null
  /** In turn, until one comes into force. Empty: there is no commit to enforce. */
  readonly attempts: readonly Attempt[]
  /** The commit that the report is about; null: none was tried. */
  readonly about: Target | null
  /** To be on the disk before anything is tried. */
  readonly first: readonly StateEvent[]
  readonly warnings: readonly Warning[]
}

/**
 * Decides what a run tries. When that does not come into force, for whatever reason, the last good release is
 * enforced in the same run: a bad commit must not keep drift from being repaired.
 */
export function decide(situation: Situation): Decision {
  const { request, state, quarantine } = situation
  const good = inForce(state, quarantine)
  const decision = decideFirst(situation, good)
  const [first] = decision.attempts
  const hasFallback =
    first !== undefined && good !== null && good.commit !== first.target.commit && isWhole(request)
  return hasFallback
    ? { ...decision, attempts: [first, attemptOf(good, { stays: true })] }
    : decision
}

function decideFirst(situation: Situation, good: Release | null): Decision {
  const { proposal, state, now } = situation
  if (proposal.from === 'drift') return tryFirst(attemptOf(proposal.due))
  if (proposal.from === 'operator') return goBack(proposal, state.pinned, now)
  return followRemote(proposal, situation, good)
}

function followRemote(
  { fetched, refused, pinned }: Proposal & { readonly from: 'remote' },
  { request, state, quarantine, now }: Situation,
  good: Release | null,
): Decision {
  const isScheduled = request.cause !== 'person'
  const choice = chooseCommit({ fetched, state, pinned, refused, quarantine, isScheduled, now })
  const { commit: target, sentence } = choice
  const rest = target === null ? '' : `; ${name(target)} stays in force`
  const warnings =
    fetched.problem === undefined ? [] : [warn('remote-unreachable', `${fetched.problem}${rest}`)]
  if (target === null) return { ...nothing, verdict: endOf(choice), warnings }
  if (choice.refused || choice.waits) {
    const attempts = [attemptOf(target, { stays: true })]
    return { ...nothing, verdict: endOf(choice), attempts, about: fetched, warnings }
  }
  // Out of reach, it is what was fetched last that is in force
  const isNewest = target.commit === fetched.commit && (fetched.reachable || good === null)
  const { commit, subject, tag } = fetched
  const newest = { commit, subject, tag: tag?.name ?? null }
  const events: readonly StateEvent[] = isNewest ? [{ type: 'followed', newest }] : []
  const one = attemptOf(target, { sentence, ifGood: { events, sentence: null } })
  return { ...tryFirst(one), warnings }
}

function goBack(
  { target, newest, ref }: Proposal & { readonly from: 'operator' },
  pinned: State['pinned'],
  now: number,
): Decision {
  const isNewest = target.commit === newest
  const { commit, subject } = target
  const pin = { commit, subject, at: new Date(now).toISOString(), from: newest }
  const short = newest.slice(0, 8)
  const sentence = isNewest
    ? `That is the newest commit of ${ref}, which this node follows again.`
    : `It stays until ${ref} moves on from ${short}; "evenkeel rollback ${short}" ends that.`
  const one = attemptOf(target, {
    ifGood: { events: [], sentence },
    ifBad: [pinned === null ? unpinned : { type: 'pinned', pin: pinned }],
  })
  return { ...tryFirst(one), first: [isNewest ? unpinned : { type: 'pinned', pin }] }
}

const unpinned: StateEvent = { type: 'unpinned' }

const nothing: Decision = { verdict: null, attempts: [], about: null, first: [], warnings: [] }

function tryFirst(one: Attempt): Decision {
  return { ...nothing, attempts: [one], about: one.target }
}

function attemptOf(target: Target, more: Partial<Attempt> = {}): Attempt {
  const ifGood = { events: [], sentence: null }
  return { target, stays: false, sentence: null, ifGood, ifBad: [], ...more }
}

function endOf({ sentence, refused }: Choice): Ended {
  const message = sentence ?? ''
  return refused
    ? { outcome: 'refused', exitCode: exitCode.refused, results: [], message }
    : { outcome: 'held', exitCode: exitCode.held, results: [], message }
}
