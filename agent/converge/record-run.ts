import type { Fault, Outcome } from '../report/report.ts'
import { addGood, isProven } from '../store/good-release.ts'
import type { Failing, Release, Repair, State } from '../store/state.ts'

type Commit = Pick<Release, 'commit' | 'subject'>

/** A commit that fails through its own fault as often as this is not tried again. */
export const mostAttempts = 2
/** Milliseconds: the longest pause after a fault of the node. */
export const longestPause = 3_600_000
const firstPause = 60_000

/** The state before a commit is tried that was never in force here. */
export function recordBegin(state: State, { commit, subject }: Commit, now: number): State {
  return { ...state, attempted: { commit, at: toText(now), outcome: 'begun', subject } }
}

/** The state once a node is in line with a commit. */
export function recordGood(
  state: State,
  { commit, subject }: Commit,
  outcome: Outcome,
  now: number,
): State {
  const at = toText(now)
  const attempted = { commit, at, outcome }
  if (state.applied?.commit === commit) {
    const repair = state.repair?.commit === commit ? null : state.repair
    return { ...state, attempted, good: addGood(state, state.applied), repair }
  }
  const applied = { commit, at, subject }
  return {
    ...state,
    attempted,
    applied,
    good: addGood(state, applied),
    failing: null,
    repair: null,
  }
}

/**
 * The state once a commit has failed. One that was in force here before is never blamed: the fault is not
 * in it, and there is nothing better to put in its place. It gets its pauses, since each try may cost
 * traffic: a reload whose bind fails stops haproxy for 2 s.
 * @param fault null when it was refused, or when only a person can mend it
 */
export function recordFailure(
  state: State,
  { commit }: Commit,
  outcome: Outcome,
  fault: Fault | null,
  reason: string,
  now: number,
): State {
  const attempted = { commit, at: toText(now), outcome }
  if (fault === null) return { ...state, attempted }
  if (isProven(state, commit)) {
    return { ...state, attempted, repair: countRepair(state.repair, commit, reason, now) }
  }
  return { ...state, attempted, failing: countFailure(state.failing, commit, fault, reason, now) }
}

/**
 * The state after a run that was cut short, by a crash or a power loss.
 * @param passed the commit of the journal that was found, if its change had passed all checks
 */
export function recordCut(state: State, passed: string | null, now: number): State {
  const { attempted } = state
  if (attempted?.outcome !== 'begun') return state
  const { commit, subject = '' } = attempted
  if (passed === commit) return recordGood(state, { commit, subject }, 'converged', now)
  const failing = countFailure(state.failing, commit, 'node', 'the run was cut short', now)
  // Whoever is cut short once tries again at once: it is a commit that fells its node that has to wait
  const notBefore = failing.byNode === 1 ? null : toText(now + pauseAfter(failing.byNode - 1))
  return {
    ...state,
    attempted: { ...attempted, outcome: 'failed' },
    failing: { ...failing, notBefore },
  }
}

function countFailure(
  before: Failing | null,
  commit: string,
  fault: Fault,
  reason: string,
  now: number,
): Failing {
  const { byCommit, byNode } = before?.commit === commit ? before : { byCommit: 0, byNode: 0 }
  if (fault === 'commit') {
    return { commit, byCommit: byCommit + 1, byNode: 0, notBefore: null, reason }
  }
  const notBefore = toText(now + pauseAfter(byNode + 1))
  return { commit, byCommit, byNode: byNode + 1, notBefore, reason }
}

function countRepair(before: Repair | null, commit: string, reason: string, now: number): Repair {
  const failures = (before?.commit === commit ? before.failures : 0) + 1
  return { commit, failures, notBefore: toText(now + pauseAfter(failures)), reason }
}

/** 1, 2, 4, … minutes, and never more than an hour. */
function pauseAfter(failures: number): number {
  return Math.min(firstPause * 2 ** (failures - 1), longestPause)
}

function toText(now: number): string {
  return new Date(now).toISOString()
}
