import { TimeoutError } from '../errors.ts'
import type { Fault, Result } from '../report/report.ts'

/** What no commit can be blamed for: a full or broken disk, and too little of anything else. */
const nodeCodes = ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'ENOMEM', 'EMFILE', 'ENFILE', 'EAGAIN']

/** Whose fault an error is that was met while a commit was applied. */
export function faultOf(error: unknown): Fault {
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    if (one instanceof TimeoutError) return 'node'
    if ('code' in one && nodeCodes.includes(String(one.code))) return 'node'
  }
  return 'commit'
}

/** Whose fault a run is that failed: a node at fault explains what else went wrong. */
export function faultOfRun(results: readonly Result[]): Fault {
  const failed = results.filter(({ status, type }) => status === 'failed' && type !== 'rollback')
  return failed.some(({ fault }) => fault === 'node') ? 'node' : 'commit'
}
