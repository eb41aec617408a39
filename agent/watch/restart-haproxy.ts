import type { HaproxyScope } from '../health/health-scope.ts'
import { explainUnit } from '../resources/service/unit-log.ts'
import { findDisabled } from '../store/disabled.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'
import type { Restart } from './decide-restart.ts'
import type { HaproxyProcesses } from './haproxy-session.ts'
import { putGoodConfigBack } from './last-good-config.ts'

/** 30 s: systemd itself gives a unit 5 s to stop (role haproxy), and a start takes as long as it takes. */
const timeout = 30_000

/**
 * Brings haproxy back through systemd. From the second attempt on, whatever systemd's limit of starts says, and
 * with the last good configuration in place of one that haproxy refuses.
 * @returns why that failed; null when systemd calls it started
 */
export async function restartHaproxy(
  { attempt, isKill, isStart }: Restart,
  scope: HaproxyScope,
  processes: HaproxyProcesses | null,
  node: { readonly paths: Pick<Paths, 'state'>; readonly system: System },
): Promise<{ readonly error: string | null; readonly notes: readonly string[] }> {
  const { system } = node
  const { unit } = scope
  const since = system.now()
  const notes: string[] = []
  // One that hangs hears no SIGTERM, and systemd would wait for it
  if (isKill && processes !== null) kill(processes)
  if (attempt > 1) {
    // A person who has disabled the node works on it, maybe on this very file
    const isDisabled = (await findDisabled(node.paths, system)) !== null
    const note = isDisabled
      ? null
      : await putGoodConfigBack(scope, processes?.command ?? null, node.paths, system)
    if (note !== null) notes.push(note)
    // systemd's own restarts use up its limit (StartLimitBurst), and then it refuses ours, but does not always say so
    await system.run(['systemctl', 'reset-failed', unit])
  }
  const argv = ['systemctl', isStart ? 'start' : 'restart', unit]
  const { code, timedOut } = await system.run(argv, { timeout })
  if (code === 0) return { error: null, notes }
  const what = timedOut ? 'did not start within 30 s' : 'did not start'
  return { error: await explainUnit(unit, what, since, system), notes }
}

function kill({ worker, master }: HaproxyProcesses): void {
  for (const pid of [worker, ...(master === null ? [] : [master])]) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has just ended
    }
  }
}
