import type { Fault } from '../report/report.ts'
import type { Failing, Repair } from './state.ts'

/** A commit that fails through its own fault as often as this is not tried again. */
const mostAttempts = 2
/** Milliseconds: the longest pause after a fault of the node. */
export const longestPause = 3_600_000
const firstPause = 60_000

/** Whether a commit has had its chances. */
export function isGuilty(failing: Failing | null, commit: string): boolean {
  return failing?.commit === commit && failing.byCommit >= mostAttempts
}

/**
 * Counts a failure of a commit that was never in force here. Its own fault has it tried again at once, a
 * fault of the node after a pause.
 * @param now milliseconds since the epoch
 */
export function countFailure(
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
  return { commit, byCommit, byNode: byNode + 1, notBefore: pauseAfter(byNode + 1, now), reason }
}

/**
 * Counts a run that was cut short. The first one is tried again at once: only a commit that brings its node
 * down has to wait.
 */
export function countCut(before: Failing | null, commit: string, now: number): Failing {
  const failing = countFailure(before, commit, 'node', 'the run was cut short', now)
  const notBefore = failing.byNode === 1 ? null : pauseAfter(failing.byNode - 1, now)
  return { ...failing, notBefore }
}

/** Counts a failure to enforce a commit that was in force here before. Other drift is another matter. */
export function countRepair(
  before: Repair | null,
  failed: Pick<Repair, 'commit' | 'reason' | 'found'>,
  now: number,
): Repair {
  const isSame = before?.commit === failed.commit && before.found === failed.found
  const failures = (isSame ? before.failures : 0) + 1
  return { ...failed, failures, notBefore: pauseAfter(failures, now) }
}

/** The end of a pause of 1, 2, 4, … minutes, and never more than an hour. */
function pauseAfter(failures: number, now: number): string {
  return new Date(now + Math.min(firstPause * 2 ** (failures - 1), longestPause)).toISOString()
}
