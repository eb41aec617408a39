import type { Request, RunEnd } from '../converge.ts'
import type { Listener } from '../report/report.ts'

/** Where the daemon's runs happen: away from its event loop, which must not be delayed. */
export interface Runner {
  /** One run; the caller sees to it that there is no other. */
  run(request: Request, on: Listener): Promise<RunEnd>
  stop(): Promise<void>
  /** null: nothing runs. */
  pid(): number | null
}
