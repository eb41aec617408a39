import * as v from 'valibot'
import { placeSchema, warningSchema } from '../diagnostics/warning.ts'
import { changeSchema } from '../resources/change.ts'
import { exitCode } from '../system/errors.ts'
import type { Parsed } from '../system/parsed.ts'

/** Milliseconds. */
const duration = v.number()

const result = v.object({
  role: v.string(),
  /** Name of the task or handler. */
  task: v.string(),
  /** Id of the resource, such as `copy /etc/haproxy/haproxy.cfg`. */
  resource: v.string(),
  /** Paths that it decides on; left out: none. */
  files: v.exactOptional(v.array(v.string())),
  type: v.picklist(['task', 'handler', 'removal', 'gate', 'rollback']),
  /** `changed` in check mode means: would change. */
  status: v.picklist(['ok', 'changed', 'failed', 'skipped']),
  changes: v.array(changeSchema),
  notes: v.array(v.string()),
  /** Why it failed. */
  error: v.exactOptional(v.string()),
  /** Whose fault that is, as far as is known: a commit's is not tried for ever, a node's is tried again later. */
  fault: v.exactOptional(v.picklist(['commit', 'node'])),
  duration,
})

/** The schema of {@link Report}. */
export const reportSchema = v.object({
  node: v.nullable(v.string()),
  mode: v.picklist(['converge', 'plan']),
  /** null for a run over a folder (`-i`), or when no commit was reached. */
  commit: v.nullable(v.string()),
  subject: v.nullable(v.string()),
  startedAt: v.string(),
  duration,
  outcome: v.picklist([
    'in-sync',
    'converged',
    'drift',
    'failed',
    'rolled-back',
    'refused',
    'held',
  ]),
  results: v.array(result),
  warnings: v.array(warningSchema),
  /** Why the commit was refused, one by one; none unless it was. `code`: of the check that found it. */
  problems: v.array(
    v.object({ place: placeSchema, message: v.string(), code: v.exactOptional(v.string()) }),
  ),
  /** What happened and what to do: the closing sentence, or the error. */
  message: v.string(),
  exitCode: v.enum(exitCode),
})

/** The outcome of one run, as `--json` prints it. Secrets are masked already. */
export interface Report extends Parsed<typeof reportSchema> {}
/** How a run ended. */
export type Outcome = Report['outcome']
/** What became of one task's resource, of one handler, or of one thing that was rolled back. */
export interface Result extends Parsed<typeof result> {}
/** Whose fault a failure is. */
export type Fault = NonNullable<Result['fault']>

/** Numbers of the recap line. */
export interface Counts {
  readonly ok: number
  readonly changed: number
  readonly failed: number
  readonly skipped: number
}

export function countResults(results: readonly Result[]): Counts {
  const count = (status: Result['status']): number =>
    results.filter((result) => result.status === status).length
  return {
    ok: count('ok'),
    changed: count('changed'),
    failed: count('failed'),
    skipped: count('skipped'),
  }
}

/**
 * What a run does to the node: the watch must tell a planned reload from a death. A run that only looks has
 * no phase.
 * - `applying`: files, settings and services change.
 * - `watching`: the health gate looks whether the node is as healthy as before.
 * - `worse`: it is not, and clients meet that: haproxy does not answer, does not listen on a bind, or a
 *   backend has lost its last server. Two observations in a row have found it, or it will not get better. Once
 *   it is gone, `watching` follows; `rolling-back` otherwise. The VIP is better off with a peer that is ready.
 * - `rolling-back`: all is restored.
 */
export const phaseSchema = v.picklist(['applying', 'watching', 'worse', 'rolling-back'])
export type Phase = v.InferOutput<typeof phaseSchema>

/** The schema of {@link RunEvent}. */
export const runEventSchema = v.variant('type', [
  v.object({ type: v.literal('step'), message: v.string() }),
  v.object({ type: v.literal('result'), result }),
  v.object({ type: v.literal('phase'), phase: phaseSchema }),
  /** A commit is judged that was never in force here, which may take its time and touches nothing. */
  v.object({ type: v.literal('judging') }),
  /** The remote has answered, or is not waited for any longer, and what it says is judged: it is about this node now. */
  v.object({ type: v.literal('asked') }),
])

/** What a run tells while it goes on. Nothing depends on anybody listening. */
export type RunEvent = Parsed<typeof runEventSchema>

export type Listener = (event: RunEvent) => void

/**
 * Who asks. For a `person` everything is tried at once. On `schedule`, a commit that met a fault of this
 * node gets its pause. On `drift`, the release in force is enforced, without asking the remote.
 */
export const causeSchema = v.picklist(['person', 'schedule', 'drift'])
export type Cause = v.InferOutput<typeof causeSchema>
