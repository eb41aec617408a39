import type { Fault, Result } from '../report/report.ts'
import { isNodeFault } from '../system/errno.ts'
import { TimeoutError } from '../system/errors.ts'

/** Whose fault an error is that was met while a commit was applied. */
export function faultOf(error: unknown): Fault {
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    if (one instanceof TimeoutError || isNodeFault(one)) return 'node'
  }
  return 'commit'
}

/**
 * Whose fault a run is that failed: a node at fault explains what else went wrong.
 * @param undone what the rollback did: what fails in the same words with the old state, such as a reload,
 * says nothing about the new one
 */
export function faultOfRun(results: readonly Result[], undone: readonly Result[] = []): Fault {
  const failed = results.filter(({ status, type }) => status === 'failed' && type !== 'rollback')
  const again = new Set(undone.flatMap(({ error }) => error ?? []))
  const isNode = ({ fault, error }: Result): boolean =>
    fault === 'node' || (error !== undefined && again.has(error))
  return failed.some(isNode) ? 'node' : 'commit'
}
