import { statSync } from 'node:fs'
import { readRunningHaproxy } from '../facts/haproxy-config.ts'
import type { HaproxyScope } from '../health/health-scope.ts'
import { parseInfo } from '../programs/haproxy/socket.ts'
import type { HaproxyInfo } from '../programs/haproxy/socket.ts'
import { askSocket } from '../system/ask.ts'
import { isListened } from '../system/is-listened.ts'
import type { System } from '../system/system.ts'
import { createBindCheck } from './bind-check.ts'
import type { BindSight } from './bind-check.ts'
import type { Look } from './watch-state.ts'
import { watchedBinds } from './watched-binds.ts'

/** A worker that has answered. */
export interface WatchedWorker {
  readonly pid: number
  /** Milliseconds since the epoch, up to a second too late. */
  readonly began: number
  readonly checkBinds: (isThorough: boolean) => Promise<BindSight>
}

/**
 * Asks haproxy whether it serves: one question to the admin socket, and one to the kernel about who listens.
 * @param known the worker that answered last; null: all addresses are checked
 * @param deadline milliseconds
 */
export async function lookAtHaproxy(
  { socket }: Pick<HaproxyScope, 'socket'>,
  known: WatchedWorker | null,
  deadline: number,
  system: Pick<System, 'now' | 'readFile' | 'list'>,
): Promise<{ readonly look: Look; readonly worker: WatchedWorker | null }> {
  const answer = await askSocket(socket, 'show info', deadline)
  if (answer.type === 'refused') {
    return { look: { type: 'gone', how: 'haproxy is not there' }, worker: null }
  }
  const info = answer.type === 'answer' ? parseInfo(answer.text) : null
  if (info === null) return { look: { type: 'silent' }, worker: known }
  const { pid, connections, maxConnections: limit, isStopping } = info
  const worker = known?.pid === pid ? known : await meet(info, system)
  const { closed, isDeaf } = await worker.checkBinds(worker !== known)
  return {
    // One that is stopping has closed everything
    look: { type: 'answered', pid, connections, limit, closed, isDeaf: isDeaf || isStopping },
    worker,
  }
}

async function meet(
  { pid, version, uptimeSeconds }: HaproxyInfo,
  system: Pick<System, 'now' | 'readFile' | 'list'>,
): Promise<WatchedWorker> {
  const began = system.now() - uptimeSeconds * 1000
  const haproxy = await readRunningHaproxy(pid, version, system)
  // It knows nothing of a file that is newer, nor does it tell what it has read instead
  const isKnown = haproxy !== null && haproxy.sources.every((path) => isOlder(path, began))
  const binds = isKnown ? watchedBinds(haproxy.config) : []
  return { pid, began, checkBinds: createBindCheck(binds, isListened) }
}

function isOlder(path: string, time: number): boolean {
  try {
    return statSync(path).mtimeMs <= time
  } catch {
    return false
  }
}
