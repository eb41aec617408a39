import type { Level, Log } from '../../diagnostics/log.ts'
import type { Cause, Outcome, Report } from '../../report/report.ts'
import { toHistoryEntry } from '../../store/history.ts'

const levels: Readonly<Record<Outcome, Level>> = {
  'in-sync': 'debug',
  converged: 'info',
  drift: 'notice',
  held: 'info',
  refused: 'warning',
  failed: 'error',
  'rolled-back': 'error',
}

/** One line for a run, and one for each thing that it changed or failed at. */
export function logRun(report: Report, cause: Cause, log: Log): void {
  const { id: run, durationMs, counts, commit, codes } = toHistoryEntry(report)
  for (const { status, resource, type, changes, error } of report.results) {
    const fields = changes.map(({ field }) => field)
    if (status === 'changed') {
      const isDone = report.mode === 'converge'
      log('info', isDone ? 'resource changed' : 'resource differs', { run, resource, type, fields })
    } else if (status === 'failed') {
      log('error', 'resource failed', { run, resource, type, fields, error })
    }
  }
  log(levels[report.outcome], 'run ended', {
    run,
    cause,
    mode: report.mode,
    outcome: report.outcome,
    exit: report.exitCode,
    commit,
    duration_ms: durationMs,
    ...counts,
    codes,
    sentence: report.message,
  })
}
