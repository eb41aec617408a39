import * as v from 'valibot'
import type { Warning } from '../diagnostics/warning.ts'
import type { Change } from '../resources/kind.ts'
import type { ExitCode, Problem } from '../system/errors.ts'

/** What became of one task's resource, of one handler, or of one thing that was taken back. */
export interface Result {
  readonly role: string
  /** Name of the task or handler. */
  readonly task: string
  /** Id of the resource, such as `copy /etc/haproxy/haproxy.cfg`. */
  readonly resource: string
  readonly type: 'task' | 'handler' | 'removal' | 'gate' | 'rollback'
  /** `changed` in check mode means: would change. */
  readonly status: 'ok' | 'changed' | 'failed' | 'skipped'
  readonly changes: readonly Change[]
  readonly notes: readonly string[]
  /** Why it failed. */
  readonly error?: string
  /** Whose fault that is, as far as is known. */
  readonly fault?: Fault
  /** Milliseconds. */
  readonly duration: number
}

/** Whose fault a failure is: a commit's is not tried for ever, a node's is tried again later. */
export type Fault = 'commit' | 'node'

/** How a run ended. */
export type Outcome =
  'in-sync' | 'converged' | 'drift' | 'failed' | 'rolled-back' | 'refused' | 'held'

/** The outcome of one run, as `--json` prints it. Secrets are masked already. */
export interface Report {
  readonly node: string | null
  readonly mode: 'converge' | 'plan'
  /** null for a run over a folder (`-i`), or when no commit was reached. */
  readonly commit: string | null
  readonly subject: string | null
  readonly startedAt: string
  /** Milliseconds. */
  readonly duration: number
  readonly outcome: Outcome
  readonly results: readonly Result[]
  readonly warnings: readonly Warning[]
  /** Why the commit was refused; none unless it was. */
  readonly problems: readonly Problem[]
  /** What happened and what to do: the closing sentence, or the error. */
  readonly message: string
  readonly exitCode: ExitCode
}

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

/** What a run tells while it goes on. Nothing depends on anybody listening. */
export type RunEvent =
  | { readonly type: 'step'; readonly message: string }
  | { readonly type: 'result'; readonly result: Result }
  | { readonly type: 'phase'; readonly phase: Phase }
  /** The remote has answered, or is not waited for any longer: from now on it is about this node. */
  | { readonly type: 'asked' }

export type Listener = (event: RunEvent) => void

/**
 * Who asks. For a `person` everything is tried at once. On `schedule`, a commit that met a fault of this
 * node gets its pause. On `drift`, the release in force is enforced, without asking the remote.
 */
export type Cause = 'person' | 'schedule' | 'drift'
