import { longestPause } from '../store/count-failure.ts'
import { inForce, name } from '../store/good-release.ts'
import type { Quarantine } from '../store/quarantine.ts'
import type { Refused, Release, State, Target } from '../store/state.ts'
import { formatTime } from '../system/format-time.ts'

/** All that decides on the commit of a run. */
export interface Situation {
  /** The newest commit that was fetched. Not reachable: there may be a newer one. */
  readonly fetched: Target & { readonly reachable: boolean }
  readonly state: Pick<State, 'applied' | 'good' | 'failing' | 'followed'>
  /** Why the newest commit must not be put in force; null when it may. */
  readonly refused: Pick<Refused, 'kind' | 'reason'> | null
  /** The pin that still holds: the branch has not moved on. */
  readonly pinned: State['pinned']
  readonly quarantine: Quarantine
  /** Whether a schedule has started this run: a person need not wait for the next try. */
  readonly isScheduled: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** The commit to bring the node in line with. */
export interface Choice {
  /** null: there is none. */
  readonly commit: Target | null
  /** Why it is not the newest one; null when it is. */
  readonly sentence: string | null
  /** The newest one is refused until a person or a newer commit acts. */
  readonly refused: boolean
  /** The newest one is tried again later. */
  readonly waits: boolean
}

/**
 * Decides which commit a run works on: the newest one, unless a pin, its signature or history, the quarantine
 * or a pause is against it.
 */
export function chooseCommit(situation: Situation): Choice {
  const { fetched, state, pinned, refused, quarantine, isScheduled, now } = situation
  const good = inForce(state, quarantine)
  // What was fetched but not applied before the remote went out of reach is not started now
  const newest = fetched.reachable ? fetched : (good ?? fetched)
  if (pinned !== null) {
    const since = formatTime(pinned.at)
    const sentence = `${name(pinned)} was chosen by hand on ${since} and stays until the branch moves on from ${pinned.from.slice(0, 8)}.`
    return { commit: pinned, sentence, refused: false, waits: false }
  }
  if (refused !== null && newest === fetched) {
    const advice =
      refused.kind === 'unverified'
        ? 'Push a commit that is signed by somebody whom this node trusts (verify in agent.yml).'
        : `Go back by a new commit on top (git revert), or let this one through with "evenkeel accept ${newest.commit.slice(0, 8)} --reason TEXT".`
    const sentence = `${name(newest)} is refused: ${refused.reason}. ${staying(good)} ${advice}`
    return { commit: good, sentence, refused: true, waits: false }
  }
  const refusal = quarantine[newest.commit]
  if (refusal !== undefined) {
    const short = newest.commit.slice(0, 8)
    const sentence = `${name(newest)} is quarantined since ${formatTime(refusal.at)}: ${refusal.reason}. ${staying(good)} Push a newer commit, or let this one through with "evenkeel unquarantine ${short}".`
    return { commit: good, sentence, refused: true, waits: false }
  }
  const { failing } = state
  const isPaused =
    isScheduled &&
    failing?.commit === newest.commit &&
    failing.notBefore !== null &&
    isSoon(Date.parse(failing.notBefore) - now)
  if (isPaused) {
    const sentence = `${name(newest)} failed through a fault of this node: ${failing.reason}. ${staying(good)} The next try is after ${formatTime(failing.notBefore)}; "evenkeel converge" tries at once.`
    return { commit: good, sentence, refused: false, waits: true }
  }
  const { followed } = state
  const isNews = state.applied?.commit !== newest.commit
  const accepted = followed?.commit === newest.commit && isNews ? followed.accepted : null
  const sentence =
    accepted === null
      ? null
      : `${name(newest)} was accepted by ${accepted.who}: ${accepted.reason}.`
  return { commit: newest, sentence, refused: false, waits: false }
}

/** Whether a pause lies ahead. One that is longer than the longest was made before the clock was set back. */
function isSoon(milliseconds: number): boolean {
  return milliseconds > 0 && milliseconds <= longestPause
}

function staying(good: Release | null): string {
  return good === null
    ? 'No good release is there to stay in force.'
    : `${name(good)} stays in force.`
}
