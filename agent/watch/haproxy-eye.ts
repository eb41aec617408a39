import type { HaproxyScope } from '../health/health-scope.ts'
import { askSocket } from '../system/ask.ts'
import type { Paths } from '../system/paths.ts'
import { isAlive } from '../system/proc.ts'
import { readReplacedFiles, sayReplacedFiles } from '../system/replaced-files.ts'
import type { System } from '../system/system.ts'
import { findDeath, findProcesses, holdSession } from './haproxy-session.ts'
import type { HaproxyProcesses } from './haproxy-session.ts'
import { keepGoodConfig } from './last-good-config.ts'
import { lookAtHaproxy } from './look.ts'
import type { WatchedWorker } from './look.ts'
import { backendsQuestion, findLostBackends } from './lost-backends.ts'
import type { Look } from './watch-state.ts'

/** Sees what becomes of haproxy, in two ways: it asks, and it notices a death by itself. */
export interface HaproxyEye {
  /** null: what was asked has been overtaken by events. */
  look(): Promise<Look | null>
  /** Backends of which no server is up. */
  lostBackends(): Promise<readonly string[]>
  /** What an operator has to know of files that an upgrade has replaced under it; null: nothing. */
  replacedFiles(): string | null
  /** Of the worker that answered last, dead or alive. */
  processes(): HaproxyProcesses | null
  /** haproxy has run well for a while. */
  keepConfig(): void
  close(): void
}

/** Watches one haproxy. */
export function openHaproxyEye(
  scope: HaproxyScope,
  deadline: number,
  on: { died(how: string): void; changed(): void },
  { paths, system }: { readonly paths: Pick<Paths, 'state'>; readonly system: System },
): HaproxyEye {
  let worker: WatchedWorker | null = null
  let processes: HaproxyProcesses | null = null
  let session: { end(): void } | null = null
  let keptOf: number | null = null
  let isOver = false

  function follow(found: WatchedWorker): void {
    if (processes?.worker === found.pid && session !== null) return
    session?.end()
    processes = findProcesses(found.pid)
    session = holdSession(processes, scope.socket, {
      died(how) {
        session = null
        on.died(how)
      },
      changed() {
        session?.end()
        session = null
        on.changed()
      },
    })
  }

  /** What /proc tells counts more than a socket. */
  function correct(look: Look): Look {
    if (processes === null || look.type === 'silent') return look
    const how = findDeath(processes)
    if (look.type === 'gone') {
      // A socket that somebody has removed, or that has another name since a moment
      return how === null && isAlive(processes.worker) ? { type: 'silent' } : look
    }
    // The worker of a master that was killed answers for some milliseconds more
    return how !== null && look.pid === processes.worker ? { type: 'gone', how } : look
  }

  return {
    async look() {
      const asked = processes
      const seen = await lookAtHaproxy(scope, worker, deadline, system)
      const look = correct(seen.look)
      if (isOver || (look.type === 'silent' && asked !== processes)) return null
      worker = look.type === 'gone' ? null : seen.worker
      if (look.type === 'answered' && worker !== null) follow(worker)
      return look
    },
    async lostBackends() {
      const answer = await askSocket(scope.socket, backendsQuestion, deadline)
      return answer.type === 'answer' ? findLostBackends(answer.text) : []
    },
    replacedFiles() {
      if (processes === null) return null
      const { worker, master } = processes
      const files = readReplacedFiles(master === null ? [worker] : [master, worker])
      // On a reload the master executes itself anew, and starts a new worker (seen with 2.6)
      return files.length === 0 ? null : sayReplacedFiles(scope.unit, files, master !== null)
    },
    processes: () => processes,
    keepConfig() {
      if (worker === null || worker.pid === keptOf) return
      keptOf = worker.pid
      keepGoodConfig(scope, worker.began, paths, system).catch(() => {})
    },
    close() {
      isOver = true
      session?.end()
    },
  }
}
