import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import type { Request } from '../../converge/request.ts'
import type { Collaborators, RunEnd } from '../../converge/run.ts'
import type { Listener } from '../../report/report.ts'
import type { RunnerMessage, RunnerOrder } from './serve.ts'

/** One process for runs, until it is gone. */
export interface Child {
  readonly pid: number | null
  isGone(): boolean
  /** One at a time. @returns why the process is gone, when it is */
  run(request: Request, collaborators: Collaborators): Promise<RunEnd | string>
  /** Lets an idle one go. Resolves once it is gone. */
  end(): Promise<void>
  kill(): void
}

/** As much of what a dying process prints as a person reads. */
const keptOutput = 2_000

/** As `nice` counts: what the node is there for comes first, and the watch, too. */
const niceness = 5
/** Of 1000, proc_pid_oom_score_adj(5): when memory is short, a run goes before the daemon, and that before all else. */
const oomScore = 600

function giveWay(pid: number | undefined): void {
  try {
    if (pid === undefined) return
    setPriority(pid, niceness)
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(oomScore))
  } catch {
    // It has ended already, or we are no root
  }
}

/** Starts a process in a group of its own, so that Ctrl-C in a terminal reaches only us. */
export function startChild([program = '', ...words]: readonly string[]): Child {
  const child = spawn(program, words, {
    detached: true,
    // Unlike JSON, keeps what is undefined and not finite
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  giveWay(child.pid)
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-keptOutput)
  })
  let inHand: { on: Listener; resolve: (end: RunEnd | string) => void } | null = null
  const finish = (end: RunEnd | string): void => {
    const { resolve } = inHand ?? {}
    inHand = null
    resolve?.(end)
  }
  child.on('message', (message: RunnerMessage) => {
    if (message.type === 'event') inHand?.on(message.event)
    else finish(message.end)
  })
  const send = (order: RunnerOrder): void => {
    if (child.connected) child.send(order, () => {})
  }
  let isGone = false
  const gone = new Promise<void>((resolve) => {
    const leave = (why: string): void => {
      isGone = true
      finish(why)
      resolve()
    }
    // A message that can't be sent is an error, too; then the end itself tells more
    child.on('error', ({ message }) => {
      if (child.pid === undefined) leave(`no process can be started for it: ${message}`)
    })
    // The last message may arrive after the exit, but never after the disconnect
    let left = 2
    const wait = (): void => {
      left -= 1
      if (left === 0) leave(describeEnd(child, said))
    }
    child.on('exit', wait)
    child.on('disconnect', wait)
  })
  return {
    pid: child.pid ?? null,
    isGone: () => isGone || !child.connected,
    run: (request, { on, skipRemoteWait }) =>
      new Promise((resolve) => {
        if (isGone) return resolve(describeEnd(child, said))
        const skip = (): void => send({ type: 'skipRemoteWait' })
        inHand = {
          on,
          resolve(end) {
            skipRemoteWait?.removeEventListener('abort', skip)
            resolve(end)
          },
        }
        send({ type: 'run', request })
        if (skipRemoteWait?.aborted === true) skip()
        else skipRemoteWait?.addEventListener('abort', skip)
      }),
    async end() {
      if (child.connected) child.disconnect()
      await gone
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

function describeEnd({ exitCode, signalCode, pid }: ChildProcess, said: string): string {
  const how =
    signalCode !== null
      ? `was ended by ${signalCode}`
      : `has ended with exit code ${exitCode ?? 'unknown'}`
  const words = said.trim()
  return `its process (pid ${pid}) ${how}${words === '' ? '' : `:\n${words}`}`
}
