import type { Request } from '../../converge/request.ts'
import type { RunEnd } from '../../converge/run.ts'
import type { Result } from '../../report/report.ts'
import { exitCode } from '../../system/errors.ts'

/**
 * The end of a run of which nothing more is to be heard.
 * @param startedAt milliseconds since the epoch
 * @param results that it told before
 * @param reason one clause
 */
export function endOfLoss(
  { mode }: Pick<Request, 'mode'>,
  startedAt: number,
  results: readonly Result[],
  reason: string,
): RunEnd {
  return {
    report: {
      node: null,
      mode,
      commit: null,
      subject: null,
      startedAt: new Date(startedAt).toISOString(),
      duration: Date.now() - startedAt,
      outcome: 'failed',
      results,
      warnings: [],
      problems: [],
      message: `The run has not come to its end: ${reason}\nThe next run takes back what it left half done, or finishes it.`,
      exitCode: exitCode.failed,
    },
    profile: null,
  }
}
