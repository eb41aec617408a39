import { join } from 'node:path'
import * as v from 'valibot'
import type { Report, RunEvent } from '../../report/report.ts'
import type { Paths } from '../../system/paths.ts'
import type { DaemonStatus } from './daemon-status.ts'
import { runAskedSchema } from './run-asked.ts'

/**
 * The daemon and the command line talk in JSON, one message a line, over a socket that root alone can open.
 * The number goes up when either side would not understand the other any more.
 */
export const protocol = 1

export const controlSocket = ({ run }: Pick<Paths, 'run'>): string => join(run, 'control.sock')

/** The first line, from the daemon. */
export const helloSchema = v.object({
  protocol: v.number(),
  version: v.string(),
  pid: v.number(),
})
export type Hello = v.InferOutput<typeof helloSchema>

/** The only line of who connects. */
export const askedSchema = v.variant('ask', [
  v.object({ ask: v.literal('run'), run: runAskedSchema }),
  v.object({ ask: v.literal('status') }),
])
export type Asked = v.InferOutput<typeof askedSchema>

/** What the daemon answers; the last three end the answer. */
export type Answer =
  | { readonly event: RunEvent }
  | { readonly report: Report }
  | { readonly status: DaemonStatus }
  /** `isHeld`: it may be asked again later. */
  | { readonly error: { readonly message: string; readonly isHeld: boolean } }
