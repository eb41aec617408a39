import { haproxyAdminSocket } from '../programs/haproxy/paths.ts'
import { loadProfile } from '../store/profile.ts'
import { lookAtHaproxy } from '../watch/look.ts'
import { nagios, toCheckResult } from '../watch/nagios.ts'
import type { CheckResult } from '../watch/nagios.ts'
import type { Verb } from './verb.ts'

/** Milliseconds in which haproxy has answered unless it hangs. */
const deadline = 1_000
/** Debian's, for a node that has not been converged yet. */
const usual = { socket: haproxyAdminSocket }

const help = `
Asks haproxy itself, once: a process that exists and a port that takes connections prove nothing.

Exit codes, as monitoring wants them:
  0  OK        it answers, and listens on all addresses of its configuration
  1  WARNING   maxconn is reached, or some address is closed
  2  CRITICAL  it is dead, hangs, or listens to nothing
  3  UNKNOWN   it could not be asked (must run as root)`

/** `evenkeel check-haproxy`: one check of haproxy on this node, for monitoring. */
export function addCheckHaproxy({ program, node, end }: Verb): void {
  program
    .command('check-haproxy')
    .description('check haproxy once; one line, and the exit codes of Nagios')
    .addHelpText('after', help)
    .action(async () => {
      const { code, line } = await check(node)
      process.stdout.write(`${line}\n`)
      end(code)
    })
}

async function check({ paths, system }: Verb['node']): Promise<CheckResult> {
  if (process.getuid?.() !== 0) {
    return { code: nagios.unknown, line: 'HAPROXY UNKNOWN - must run as root' }
  }
  const profile = await loadProfile(paths, system)
  if (profile !== null && profile.scope.haproxy === null) {
    return { code: nagios.unknown, line: 'HAPROXY UNKNOWN - nothing asks for haproxy on this node' }
  }
  const scope = profile?.scope.haproxy ?? usual
  const { look } = await lookAtHaproxy(scope, null, deadline, system)
  return toCheckResult(look)
}
