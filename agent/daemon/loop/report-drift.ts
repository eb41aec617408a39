import * as v from 'valibot'
import type { Report } from '../../report/report.ts'
import type { Parsed } from '../../system/parsed.ts'

/** The schema of {@link DriftSeen}. */
export const driftSchema = v.object({
  /** When, ISO 8601. */
  at: v.string(),
  resources: v.array(v.string()),
  isRepaired: v.boolean(),
})

/** Drift from the commit in force, as the last run that met some saw it. */
export interface DriftSeen extends Parsed<typeof driftSchema> {}

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

/** Which paths a run has written. null: that is not known, since it has failed or rolled something back. */
export function touchedBy({ outcome, results }: Report): ((path: string) => boolean) | null {
  if (outcome === 'in-sync' || outcome === 'drift') return () => false
  if (outcome !== 'converged') return null
  const changed = results.filter(({ status }) => status === 'changed')
  const files = new Set(changed.flatMap((result) => result.files ?? []))
  return (path) => files.has(path)
}
