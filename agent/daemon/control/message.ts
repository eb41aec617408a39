import { join } from 'node:path'
import * as v from 'valibot'
import { requestSchema } from '../../converge/request.ts'
import { reportSchema, runEventSchema } from '../../report/report.ts'
import type { Parsed } from '../../system/parsed.ts'
import type { Paths } from '../../system/paths.ts'
import { daemonStatusSchema } from './daemon-status.ts'

/**
 * The daemon and the command line talk in JSON, one message a line, over a socket that root alone can open. What a
 * newer daemon adds to an answer is passed over; what a newer client adds to a request is refused, since it would
 * not have its effect. The number goes up when one would not understand the other any more. 2: warnings are data.
 */
export const protocol = 2

export const controlSocket = ({ run }: Pick<Paths, 'run'>): string => join(run, 'control.sock')

/** The first line, from the daemon. */
export const helloSchema = v.object({
  protocol: v.number(),
  version: v.string(),
  pid: v.number(),
})
export type Hello = Parsed<typeof helloSchema>

/** The only line of the client. */
export const askedSchema = v.variant('ask', [
  v.object({ ask: v.literal('run'), run: requestSchema }),
  v.object({ ask: v.literal('status') }),
])
export type Asked = Parsed<typeof askedSchema>

/** What the daemon answers; the last three end the answer. `isHeld`: it may be asked again later. */
export const answerSchema = v.union([
  v.object({ event: runEventSchema }),
  v.object({ report: reportSchema }),
  v.object({ status: daemonStatusSchema }),
  v.object({ error: v.object({ message: v.string(), isHeld: v.boolean() }) }),
])
export type Answer = Parsed<typeof answerSchema>
