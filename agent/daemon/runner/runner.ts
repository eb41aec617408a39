import type { Request } from '../../converge/request.ts'
import type { Collaborators, RunEnd } from '../../converge/run.ts'
import type { Result } from '../../report/report.ts'
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
  /** null: none runs at the moment. */
  pid(): number | null
}

/** The gate may watch for 2 min, and what it finds is to be rolled back. */
const longestEnd = 180_000
/** 1 h: packages are installed within half of that, also from a slow mirror. What takes longer hangs. */
const longestRun = 3_600_000

/** MB. Of itself V8 takes 16 for young objects, three times: 160 MB in all instead of 100, and no less CPU. */
export const youngSpace = '--max-semi-space-size=2'

/** How this program starts itself as a runner. */
export function runnerCommand(): readonly string[] {
  const { execPath, execArgv, argv } = process
  return [execPath, ...execArgv, youngSpace, argv[1] ?? '', 'run-child']
}

/**
 * Starts the runner, which loads all that a run needs and then waits. When the caller dies, it ends by
 * itself after its run.
 * @param limit milliseconds after which a run is ended by force, so that the node is not left alone for good
 */
export function startRunner(
  command: readonly string[] = runnerCommand(),
  limit = longestRun,
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
    let isLate = false
    const inHand = child
    const timer = setTimeout(() => {
      isLate = true
      inHand.kill()
    }, limit)
    const on: Collaborators['on'] = (event) => {
      if (event.type === 'result') results.push(event.result)
      collaborators.on(event)
    }
    const end = await child.run(request, { ...collaborators, on })
    clearTimeout(timer)
    if (typeof end !== 'string') return end
    return lost(isLate ? `it took longer than ${limit / 60_000} min; ${end}` : end)
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
    pid: () => (child.isGone() ? null : child.pid),
  }
}
