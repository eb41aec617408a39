import { warn } from '../diagnostics/warning.ts'
import type { Warning } from '../diagnostics/warning.ts'
import type { End } from '../report/closing.ts'
import { isGuilty } from '../store/count-failure.ts'
import type { Failing, Repair } from '../store/state.ts'
import type { LocalError } from '../system/errors.ts'
import { formatTime } from '../system/format-time.ts'

/** A reason has to fit into a line of `status`. */
const longestReason = 200

/** One clause on why a run failed: what was met first. */
export function reasonOf({ results, message }: End & { readonly message?: string }): string {
  const first = results.find(({ status, type }) => status === 'failed' && type !== 'rollback')
  const text =
    first === undefined ? (message ?? '') : `${first.resource}: ${first.error ?? 'failed'}`
  const [line = ''] = text.split('\n')
  const short = line.length > longestReason ? `${line.slice(0, longestReason)}…` : line
  return short.replace(/[.:;,\s]+$/, '')
}

/** What comes next for a commit that was in force here and can't be enforced. */
export function formatRepair(repair: Repair | null, commit: string): string | undefined {
  if (repair?.commit !== commit) return undefined
  const { failures, notBefore } = repair
  const times = failures === 1 ? '' : `It has failed ${failures} times in a row. `
  return `${times}The next try is after ${formatTime(notBefore)}; "evenkeel converge" tries at once.`
}

/** Why a scheduled run leaves a node alone that differs from the commit in force. */
export function formatPause({ commit, reason, ...rest }: Repair, node: string | null): string {
  return `${node} differs from ${commit.slice(0, 8)}, and was left alone, since bringing it back failed: ${reason}. ${formatRepair({ commit, reason, ...rest }, commit)} "evenkeel plan" shows what differs.`
}

/** What comes next for a commit that failed, and what to do. */
export function formatFailure(failing: Failing | null, commit: string): string | undefined {
  if (failing?.commit !== commit) return undefined
  if (isGuilty(failing, commit)) {
    return `It has failed ${failing.byCommit} times and is quarantined: it is not tried again. Push a newer commit, or let this one through with "evenkeel unquarantine ${commit.slice(0, 8)}".`
  }
  if (failing.notBefore === null) {
    return 'Push a commit that mends what is said above; the next run tries this one once more.'
  }
  return `The fault is this node's, not the commit's. The next try is after ${formatTime(failing.notBefore)}; "evenkeel converge" tries at once.`
}

/** What became of a run is not on the disk. */
export function warnOfUnsaved({ message }: LocalError): Warning {
  return warn('state-unwritten', `what became of the commit could not be written down: ${message}`)
}
