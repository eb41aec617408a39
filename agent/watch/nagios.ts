import type { ExitCode } from '../system/errors.ts'
import type { Look } from './watch-state.ts'

/** Exit codes of monitoring plugins (Monitoring Plugins Development Guidelines). */
export const nagios = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const satisfies Record<
  string,
  ExitCode
>

/** What one check comes to: a code, and a line for the person who is on call. */
export interface CheckResult {
  readonly code: (typeof nagios)[keyof typeof nagios]
  readonly line: string
}

/** One look in the words of monitoring: OK, WARNING, CRITICAL, with the connections as performance data. */
export function toCheckResult(look: Look): CheckResult {
  if (look.type === 'gone') {
    return { code: nagios.critical, line: 'HAPROXY CRITICAL - nobody is at its admin socket' }
  }
  if (look.type === 'silent') {
    const line = 'HAPROXY CRITICAL - it runs, but does not answer on its admin socket'
    return { code: nagios.critical, line }
  }
  const { pid, connections, limit, closed, isDeaf } = look
  const data = ` | connections=${connections};;${limit};0;${limit}`
  if (isDeaf) {
    const line = `HAPROXY CRITICAL - pid ${pid} answers, but listens on none of its addresses${data}`
    return { code: nagios.critical, line }
  }
  if (connections >= limit) {
    const line = `HAPROXY WARNING - maxconn reached, ${connections} of ${limit} connections: clients wait${data}`
    return { code: nagios.warning, line }
  }
  if (closed.length > 0) {
    const line = `HAPROXY WARNING - pid ${pid} does not listen on ${closed.join(', ')}${data}`
    return { code: nagios.warning, line }
  }
  const line = `HAPROXY OK - pid ${pid} serves, ${connections} of ${limit} connections${data}`
  return { code: nagios.ok, line }
}
