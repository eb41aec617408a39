import { readFileSync, statSync } from 'node:fs'
import type { HaproxyScope } from '../health/health-scope.ts'
import { parseInfo } from '../programs/haproxy/haproxy-socket.ts'
import { askSocket } from '../system/ask.ts'
import { isListened } from '../system/is-listened.ts'
import { createBindCheck } from './bind-check.ts'
import type { BindSight, WatchedBind } from './bind-check.ts'
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
 * @param now milliseconds since the epoch
 */
export async function lookAtHaproxy(
  { socket, file }: Pick<HaproxyScope, 'socket' | 'file'>,
  known: WatchedWorker | null,
  deadline: number,
  now: number,
): Promise<{ readonly look: Look; readonly worker: WatchedWorker | null }> {
  const answer = await askSocket(socket, 'show info', deadline)
  if (answer.type === 'refused') {
    return { look: { type: 'gone', how: 'haproxy is not there' }, worker: null }
  }
  const info = answer.type === 'answer' ? parseInfo(answer.text) : null
  if (info === null) return { look: { type: 'silent' }, worker: known }
  const { pid, connections, maxConnections: limit, uptimeSeconds, isStopping } = info
  const worker = known?.pid === pid ? known : meet(pid, now - uptimeSeconds * 1000, file)
  const { closed, isDeaf } = await worker.checkBinds(worker !== known)
  return {
    // One that is stopping has closed everything
    look: { type: 'answered', pid, connections, limit, closed, isDeaf: isDeaf || isStopping },
    worker,
  }
}

function meet(pid: number, began: number, file: string): WatchedWorker {
  return { pid, began, checkBinds: createBindCheck(readBinds(file, began), isListened) }
}

/** None if the file is newer than the worker, which then knows another one. */
function readBinds(file: string, began: number): readonly WatchedBind[] {
  try {
    return statSync(file).mtimeMs > began ? [] : watchedBinds(readFileSync(file, 'utf8'))
  } catch {
    return []
  }
}
