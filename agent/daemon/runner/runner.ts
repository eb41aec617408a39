import type { Request } from '../../converge/request.ts'
import type { Collaborators, RunEnd } from '../../converge/run.ts'
import type { Result } from '../../report/report.ts'
import { memoryOf } from '../../system/proc.ts'
import { startChild } from './child.ts'
import type { Child } from './child.ts'
import { endOfLoss } from './end-of-loss.ts'

/** The process in which runs happen: what crashes or blocks in there does not touch who started it. */
export interface Runner {
  /**
   * One at a time; a second call waits for the first. A runner that dies is a failed report (and says so),
   * never a rejection; the next run has a new one, and recovers from the journal.
   */
  run(request: Request, collaborators: Collaborators): Promise<RunEnd>
  /**
   * Resolves once the run in hand has come to its end, and the process is gone. Runs that wait are not begun.
   * @param deadline milliseconds after which the end is forced: the next run then recovers. Default: 3 min
   */
  stop(deadline?: number): Promise<void>
  /** Ends the current run by force, for one that has not touched anything yet. */
  cut(): void
  /** null: none runs at the moment. */
  pid(): number | null
}

/** The gate may watch for 2 min, and what it finds is to be rolled back. */
const longestEnd = 180_000
/** 1 h: packages are installed within half of that, also from a slow mirror. What takes longer hangs. */
const longestRun = 3_600_000

/** MB. Of itself V8 takes 16 for young objects, three times: 160 MB in all instead of 100, and no less CPU. */
export const youngSpace = '--max-semi-space-size=2'
/** MB of objects; what files hold is not among them. A pair with 20,000 servers needs a fifth of it. */
const oldSpace = '--max-old-space-size=768'
/** Bytes in all: the node is there for haproxy. */
const mostMemory = 1024 ** 3
/** Milliseconds between two looks at a run's memory: it may take 1 GB in a second. */
const memoryInterval = 200

/** What a run may take. */
export interface RunLimits {
  /** Milliseconds. */
  readonly time: number
  /** Bytes that its process has in memory. */
  readonly memory: number
}

/** How this program starts itself as a runner. */
export function runnerCommand(): readonly string[] {
  const { execPath, execArgv, argv } = process
  return [execPath, ...execArgv, youngSpace, oldSpace, argv[1] ?? '', 'run-child']
}

/**
 * Starts the runner, which loads all that a run needs and then waits. When the caller dies, it ends by
 * itself after its run.
 * @param limits of a run, which is ended by force beyond them, so that the node is not left alone for good:
 * milliseconds, and bytes of memory. Default: 1 h, and 1 GiB.
 */
export function startRunner(
  command: readonly string[] = runnerCommand(),
  { time = longestRun, memory = mostMemory }: Partial<RunLimits> = {},
): Runner {
  let child: Child = startChild(command)
  let last: Promise<unknown> = Promise.resolve()
  let isStopping = false

  async function runNow(request: Request, collaborators: Collaborators): Promise<RunEnd> {
    const startedAt = Date.now()
    const results: Result[] = []
    const lost = (reason: string): RunEnd => endOfLoss(request, startedAt, results, reason)
    if (isStopping) return lost('the agent is being stopped, and this run was not begun')
    if (child.isGone()) child = startChild(command)
    const excesses: string[] = []
    const inHand = child
    const end = (why: string): void => {
      excesses.push(why)
      inHand.kill()
    }
    const timer = setTimeout(() => end(`it took longer than ${time / 60_000} min`), time)
    const look = setInterval(() => {
      const taken = inHand.pid === null ? null : memoryOf(inHand.pid)
      if (taken !== null && taken > memory)
        end(`it took more than ${memory / 2 ** 20} MiB of memory`)
    }, memoryInterval)
    const on: Collaborators['on'] = (event) => {
      if (event.type === 'result') results.push(event.result)
      collaborators.on(event)
    }
    const ended = await child.run(request, { ...collaborators, on })
    clearTimeout(timer)
    clearInterval(look)
    if (typeof ended !== 'string') return ended
    return lost([...excesses.slice(0, 1), ended].join('; '))
  }

  return {
    run(request, collaborators) {
      const ended = last.then(() => runNow(request, collaborators))
      last = ended
      return ended
    },
    async stop(deadline = longestEnd) {
      isStopping = true
      const timer = setTimeout(() => child.kill(), deadline)
      await last
      await child.end()
      clearTimeout(timer)
    },
    cut: () => child.kill(),
    pid: () => (child.isGone() ? null : child.pid),
  }
}
