import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseBindAddress } from '../programs/haproxy/bind-address.ts'
import { parseCommandLine } from '../programs/haproxy/command-line.ts'
import type { CommandLine } from '../programs/haproxy/command-line.ts'
import { childrenOf, commandOf, isAlive, parentOf } from '../system/proc.ts'

/** The processes of a running haproxy. */
export interface HaproxyProcesses {
  readonly worker: number
  /** null: it runs without a master (`-W`, `-Ws`). */
  readonly master: number | null
  /** The master's own socket (`-S`); null: there is none. */
  readonly masterSocket: string | null
  readonly command: CommandLine
}

/** What belongs to a worker, from /proc. */
export function findProcesses(worker: number): HaproxyProcesses {
  const command = parseCommandLine(commandOf(worker))
  const [masterSocket = null] = command.masterSockets.flatMap((text) => {
    const address = parseBindAddress(text.split(',')[0] ?? '', false)
    return address.type === 'file' ? [address.path] : []
  })
  return { worker, master: command.hasMaster ? parentOf(worker) : null, masterSocket, command }
}

/** Says which process of haproxy is gone; null: none. */
export function findDeath({
  worker,
  master,
}: Pick<HaproxyProcesses, 'worker' | 'master'>): string | null {
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

/** Milliseconds between two looks while a session is away: a reload takes some 50 of them. */
const step = 10
/** Looks after which they become rarer: this haproxy may have lost its socket for good. */
const manyLooks = 500
const longStep = 500
/** Milliseconds in which a process that the kernel has just closed the sockets of counts as dead: one or two. */
const dying = 5

/**
 * Notices within a millisecond or two that a process of haproxy was killed, by sessions that end with it.
 *
 * The one with the master ends at once when the master is killed, some 10 ms after its worker was, and on
 * every reload, since the master executes itself anew: then master and old worker live on, but the socket
 * refuses for a while (measured with 2.6). The one with the worker ends at once when the worker is killed; it
 * would keep an old worker alive over a reload, and is given up as soon as the master's ends. haproxy ends it
 * from time to time (`stats timeout`), and it is opened anew.
 * @param adminSocket the worker's
 */
export function holdSession(
  processes: Omit<HaproxyProcesses, 'command'>,
  adminSocket: string,
  on: {
    /** Called at once. */
    died(how: string): void
    /** There may be another worker: a reload is over, or a worker has ended. */
    changed(): void
  },
): { end(): void } {
  const { worker, master, masterSocket } = processes
  let isOver = false
  const end = (): void => {
    isOver = true
    ofMaster?.end()
    ofWorker.end()
  }
  const die = (how: string): void => {
    if (isOver) return
    end()
    on.died(how)
  }

  const ofMaster =
    masterSocket === null
      ? null
      : keepOpen(masterSocket, {
          opened(isFirst) {
            if (!isFirst) on.changed()
          },
          closed() {
            ofWorker.end()
            const how = findDeath(processes)
            if (how !== null) die(how)
          },
        })
  const ofWorker = keepOpen(adminSocket, {
    opened() {},
    closed() {
      // What the master's session says counts more, and may have come at the same moment
      setImmediate(() => void heedWorker())
    },
  })

  async function heedWorker(): Promise<void> {
    for (let wait = 0; wait < dying && isAlive(worker); wait += 1) await sleep(1)
    if (isOver || isAlive(worker)) return
    // An old worker that has served its last visitor ends as well
    const isOld = master !== null && childrenOf(master).some(isAlive)
    if (ofMaster?.isOpen() === true && !isOld) die(diedTogether(worker))
    else on.changed()
  }
  return { end }
}

interface Session {
  isOpen(): boolean
  /** For good. */
  end(): void
}

/** Keeps a session with one of haproxy's sockets, and opens it anew whenever it ends. */
function keepOpen(path: string, on: { opened(isFirst: boolean): void; closed(): void }): Session {
  let socket: Socket | null = null
  let timer: NodeJS.Timeout | undefined
  let isOpen = false
  let isOver = false
  let looksAway = 0
  let isFirst = true
  const open = (): void => {
    socket = connect({ path })
    socket.on('connect', () => {
      // Without this, the session would end with the first answer
      socket?.write('prompt\n')
      isOpen = true
      looksAway = 0
      on.opened(isFirst)
      isFirst = false
    })
    socket.on('error', () => {})
    socket.on('data', () => {})
    socket.on('close', () => {
      isOpen = false
      looksAway += 1
      if (isOver) return
      timer = setTimeout(open, looksAway < manyLooks ? step : longStep)
      on.closed()
    })
  }
  open()
  return {
    isOpen: () => isOpen,
    end() {
      isOver = true
      clearTimeout(timer)
      socket?.destroy()
    },
  }
}
