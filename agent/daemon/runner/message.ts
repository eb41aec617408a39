import type { Request, RunEnd } from '../../converge/run.ts'
import type { RunEvent } from '../../report/report.ts'

/** A request as it goes to the runner: the place of a variable is a function, which stays behind. */
export interface SentRequest extends Omit<Request, 'extraVars'> {
  readonly extraVars: readonly (readonly [name: string, value: unknown])[]
}

/** What the runner is told. `hasten`: the run in hand is not to wait for the remote any longer. */
export type RunnerOrder =
  { readonly type: 'run'; readonly request: SentRequest } | { readonly type: 'hasten' }

/** What the runner says while it works: one `end` for each request. */
export type RunnerMessage =
  | { readonly type: 'event'; readonly event: RunEvent }
  | { readonly type: 'end'; readonly end: RunEnd }

export function toSent({ extraVars, ...request }: Request): SentRequest {
  return { ...request, extraVars: [...extraVars].map(([name, { value }]) => [name, value]) }
}

export function fromSent({ extraVars, ...request }: SentRequest): Request {
  return {
    ...request,
    extraVars: new Map(
      extraVars.map(([name, value]) => {
        const place = { file: '--extra-vars', key: name }
        return [name, { value, place: () => place }]
      }),
    ),
  }
}
