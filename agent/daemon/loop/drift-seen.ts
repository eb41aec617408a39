import type { Report } from '../../report/report.ts'

/** Drift from the commit in force, as the last run that met some saw it. */
export interface DriftSeen {
  /** When, ISO 8601. */
  readonly at: string
  readonly resources: readonly string[]
  readonly isRepaired: boolean
}

/**
 * The drift that a run met; null: none, or what differed was due to another commit.
 * @param applied the commit in force before the run
 */
export function driftOf(report: Report, applied: string | null): DriftSeen | null {
  const { commit, mode, outcome, results, startedAt } = report
  if (commit === null || commit !== applied) return null
  const resources = results
    .filter(({ type }) => type === 'task' || type === 'removal')
    .filter(({ status }) => status === 'changed' || status === 'failed')
    .map(({ resource }) => resource)
  if (resources.length === 0) return null
  return { at: startedAt, resources, isRepaired: mode === 'converge' && outcome === 'converged' }
}
