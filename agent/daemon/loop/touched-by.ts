import type { Report } from '../../report/report.ts'

/**
 * Which paths a run has written. null: that is not known, since it has failed or taken something back.
 */
export function touchedBy({ outcome, results }: Report): ((path: string) => boolean) | null {
  if (outcome === 'in-sync' || outcome === 'drift') return () => false
  if (outcome !== 'converged') return null
  const changed = results
    .filter(({ status }) => status === 'changed')
    .map(({ resource }) => resource)
  return (path) => changed.some((resource) => resource.endsWith(` ${path}`))
}
