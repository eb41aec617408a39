import { createMask } from '../diagnostics/mask.ts'
import { distinct, warn } from '../diagnostics/warning.ts'
import type { Ended } from '../report/closing.ts'
import { countResults } from '../report/report.ts'
import type { Report } from '../report/report.ts'
import { appendHistory } from '../store/history.ts'
import { LocalError } from '../system/errors.ts'
import type { GivenRun } from './run.ts'

/**
 * Makes the report of a run, and adds it to the history.
 * @param start of the run: milliseconds since the epoch, and by a clock that never jumps
 */
export async function keepReport(
  { outcome, exitCode, results, message, problems = [] }: Ended,
  { mode, cause, node, progress }: GivenRun,
  start: { readonly at: number; readonly clock: number },
): Promise<Report> {
  const { commit, subject } = progress
  const mask = createMask(progress.secrets)
  const warnings = progress.warnings.map((one) => ({ ...one, text: mask(one.text) }))
  const report: Report = {
    node: progress.node,
    commit,
    subject,
    warnings: distinct(warnings),
    problems: problems.map((one) => ({ ...one, message: mask(one.message) })),
    mode,
    startedAt: new Date(start.at).toISOString(),
    duration: performance.now() - start.clock,
    outcome,
    results,
    message: mask(message),
    exitCode,
  }
  if (!isWorthHistory(report)) return report
  try {
    await appendHistory(report, node, cause)
    return report
  } catch (error) {
    // A full disk must not hide what the run did
    if (!(error instanceof LocalError)) throw error
    return { ...report, warnings: [...report.warnings, warn('state-unwritten', error.message)] }
  }
}

/** A run that was held has mostly done nothing. */
function isWorthHistory({ mode, outcome, results }: Report): boolean {
  const { changed, failed } = countResults(results)
  return mode !== 'plan' && (outcome !== 'held' || changed + failed > 0)
}
