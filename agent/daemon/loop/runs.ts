import type { Request } from '../../converge/request.ts'
import type { Cause, Listener, Phase, Report } from '../../report/report.ts'
import type { DaemonContext } from '../context.ts'
import type { Part } from '../part.ts'
import { causeOf, createCurrentRun } from './current-run.ts'
import type { Order, RunCollaborators } from './current-run.ts'
import { createLoop } from './loop.ts'

/** The daemon's runs: who asks for them, and which one is current. */
export interface Runs extends Part {
  /** A run by schedule. */
  wake(): void
  /** A run for drift; where one by schedule only asks the remote yet, that one repairs it. */
  repair(): void
  /** A run for an operator, in its turn. Rejects with HeldError when it will not come. */
  ask(request: Request, on: Listener): Promise<Report>
  /** Of the current one; null: there is none. */
  cause(): Cause | null
  /** What the current one does; null: there is none, or it changes nothing. */
  phase(): Phase | null
}

export type RunsCollaborators = Omit<RunCollaborators, 'config' | 'wake'>

/** Runs follow one another. Stopped, it resolves once the current one has come to its end; none comes after it. */
export function createRuns(context: DaemonContext, collaborators: RunsCollaborators): Runs {
  let { config } = context
  const current = createCurrentRun(context, {
    ...collaborators,
    config: () => config,
    wake: (cause) => loop.wake({ cause }),
  })
  const loop = createLoop<Order>({
    execute: (wake) => current.execute(wake),
    refuse: ({ reject }, error) => reject(error),
  })

  function cause(): Cause | null {
    const wake = loop.current()
    return wake && causeOf(wake)
  }

  return {
    wake: () => loop.wake({ cause: 'schedule' }),
    repair: () => loop.wake({ cause: current.noteDrift() }),
    ask(request, on) {
      const before = loop.current()
      if (before !== null) {
        const message = `waiting for the run in hand (${before.cause}, since ${current.since()})`
        on({ type: 'step', message })
      }
      return new Promise((resolve, reject) => {
        loop.wake({ cause: 'person', order: { request, on, resolve, reject } })
      })
    },
    cause,
    phase: () => current.phase(),
    configure(next) {
      config = next
    },
    status() {
      const known = cause()
      return {
        onDrift: config.onDrift,
        inHand: known && { cause: known, since: current.since(), phase: current.phase() },
        waiting: loop.waiting().length,
        lastDrift: current.lastDrift(),
      }
    },
    async stop() {
      await loop.stop()
      current.stop()
    },
  }
}
