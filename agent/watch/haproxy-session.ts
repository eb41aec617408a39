import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { commandOf, isAlive, parentOf } from '../system/proc.ts'

/** The processes of a running haproxy. */
export interface HaproxyProcesses {
  readonly worker: number
  /** null: it runs without a master (`-W`, `-Ws`). */
  readonly master: number | null
  /** The master's own socket (`-S`); null: there is none. */
  readonly masterSocket: string | null
}

/** What belongs to a worker, from /proc. */
export function findProcesses(worker: number): HaproxyProcesses {
  const words = commandOf(worker)
  const isMasterWorker = words.includes('-W') || words.includes('-Ws')
  const address = words[words.indexOf('-S') + 1]
  const masterSocket =
    words.includes('-S') && address !== undefined
      ? (address.split(',')[0] ?? '').replace(/^unix@/, '')
      : null
  return { worker, master: isMasterWorker ? parentOf(worker) : null, masterSocket }
}

/** Says which process of haproxy is gone; null: none. */
export function findDeath({ worker, master }: HaproxyProcesses): string | null {
  const isWorkerAlive = isAlive(worker)
  if (master !== null && !isAlive(master)) {
    return isWorkerAlive ? `haproxy's master (pid ${master}) has died` : diedTogether(worker)
  }
  return master === null && !isWorkerAlive ? diedTogether(worker) : null
}

/** A master ends as soon as its worker has died. */
function diedTogether(worker: number): string {
  return `haproxy (pid ${worker}) has died`
}

/** Milliseconds between two looks while the session is away: a reload takes some 50 of them. */
const step = 10
/** Looks after which they become rarer: this master may have lost its socket for good. */
const manyLooks = 500
const longStep = 500

/**
 * Holds a session on the socket of haproxy's master, which ends within some 10 ms when the worker is
 * killed, at once when the master is, and on every reload, since the master executes itself anew: then
 * master and old worker live on, but the socket refuses for a while (measured with 2.6). A session on the
 * admin socket would keep an old worker alive over a reload, and this one does not.
 */
export function holdSession(
  processes: HaproxyProcesses,
  on: {
    /** Called at once, maybe more than once. */
    died(how: string): void
    /** It is there again, after a reload: there may be another worker. */
    reloaded(): void
  },
): { end(): void } {
  let socket: Socket | null = null
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  let looksAway = 0
  const end = (): void => {
    isOver = true
    clearTimeout(timer)
    socket?.destroy()
  }
  const look = (): void => {
    if (isOver) return
    const how = findDeath(processes)
    if (how === null) return open()
    end()
    on.died(how)
  }
  const open = (): void => {
    if (processes.masterSocket === null) return
    socket = connect({ path: processes.masterSocket })
    socket.on('connect', () => {
      // Without this, the session would end with the first answer
      socket?.write('prompt\n')
      if (looksAway > 0) on.reloaded()
      looksAway = 0
    })
    socket.on('error', () => {})
    socket.on('data', () => {})
    socket.on('close', () => {
      looksAway += 1
      const how = isOver ? null : findDeath(processes)
      if (how !== null) {
        end()
        on.died(how)
      } else if (!isOver) timer = setTimeout(look, looksAway < manyLooks ? step : longStep)
    })
  }
  open()
  return { end }
}
