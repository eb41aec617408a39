import { readFileSync, statSync } from 'node:fs'
import { expectedBinds } from '../health/haproxy-config.ts'
import { endsOf } from '../health/haproxy-health.ts'
import { parseInfo } from '../health/haproxy-socket.ts'
import type { HaproxyScope } from '../health/health-scope.ts'
import { findInodes, tableOf } from '../resources/listening.ts'
import type { Listener } from '../resources/listening.ts'
import { askSocket } from '../system/ask.ts'
import { readListeningRows } from '../system/listening-rows.ts'
import type { Look } from './watch-state.ts'

/** An address of haproxy.cfg, and the sockets of which one must listen for it, for both ends of a range. */
interface WatchedBind {
  readonly name: string
  readonly ends: readonly (readonly Listener[])[]
}

/** What a worker listens on, as far as is known. */
export interface WatchedWorker {
  readonly pid: number
  /** Milliseconds since the epoch, up to a second too late. */
  readonly began: number
  readonly binds: readonly WatchedBind[]
}

/**
 * Asks haproxy whether it serves: one question to the admin socket, and a glance at the listening sockets
 * of the kernel.
 * @param known the worker that answered last
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
  const began = now - info.uptimeSeconds * 1000
  const worker =
    known?.pid === info.pid ? known : { pid: info.pid, began, binds: readBinds(file, began) }
  const closed = findClosed(worker.binds)
  // An old worker, which has closed everything
  const isDeaf =
    info.isStopping || (closed.length > 0 && closed.length === countNames(worker.binds))
  const { pid, connections, maxConnections: limit } = info
  return { look: { type: 'answered', pid, connections, limit, closed, isDeaf }, worker }
}

/**
 * The addresses of haproxy.cfg; none if the file is newer than the worker, which then knows another one.
 * UDP sockets are left out: the kernel has them in one list with those of clients.
 */
function readBinds(file: string, began: number): readonly WatchedBind[] {
  try {
    if (statSync(file).mtimeMs > began) return []
    return expectedBinds(readFileSync(file, 'utf8'))
      .filter(({ protocol }) => protocol === 'tcp')
      .map((bind) => ({ name: bind.text, ends: endsOf(bind) }))
  } catch {
    return []
  }
}

function findClosed(binds: readonly WatchedBind[]): readonly string[] {
  if (binds.length === 0) return []
  const tables = new Map<string, string>()
  const rowsOf = (listener: Listener): string => {
    const table = tableOf(listener)
    const rows = tables.get(table) ?? readListeningRows(table)
    tables.set(table, rows)
    return rows
  }
  const isOpen = (listener: Listener): boolean => findInodes(rowsOf(listener), listener).length > 0
  const names = binds.filter(({ ends }) => !ends.every((choices) => choices.some(isOpen)))
  return [...new Set(names.map(({ name }) => name))]
}

function countNames(binds: readonly WatchedBind[]): number {
  return new Set(binds.map(({ name }) => name)).size
}
