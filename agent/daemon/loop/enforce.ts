import type { DriftPolicy } from '../../config/config.ts'
import { wholeRun } from '../../converge/request.ts'
import type { Request } from '../../converge/request.ts'
import type { RunEnd } from '../../converge/run.ts'
import type { Cause, Report } from '../../report/report.ts'

/** What a run without a person goes by. */
export interface EnforceInput {
  readonly cause: Exclude<Cause, 'person'>
  readonly onDrift: DriftPolicy
  /** The commit in force; null: none yet. */
  readonly applied: string | null
  /** A change that a crash cut short must come to its end, whatever becomes of drift. */
  readonly isUnfinished: boolean
}

/**
 * A run that nobody asked for. Where drift shall only be reported, it looks first, and goes on only to a
 * commit that is not in force yet.
 */
export async function enforce(
  { cause, onDrift, applied, isUnfinished }: EnforceInput,
  run: (request: Request) => Promise<RunEnd>,
): Promise<RunEnd> {
  if (onDrift === 'repair' || applied === null || isUnfinished)
    return run(wholeRun('converge', cause))
  const seen = await run(wholeRun('plan', cause))
  return isNewCommit(seen.report, applied) ? run(wholeRun('converge', cause)) : seen
}

/** One that is refused or waits ends otherwise, and the release in force was looked at. */
function isNewCommit({ commit, outcome }: Report, applied: string): boolean {
  return commit !== applied && (outcome === 'drift' || outcome === 'in-sync')
}
