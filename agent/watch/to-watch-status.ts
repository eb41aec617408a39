import type { Warning } from '../diagnostics/warning.ts'
import type { WatchStatus } from '../peers/watch-status.ts'
import type { Hold } from '../programs/keepalived/hold-file.ts'
import type { KeepalivedSight } from './watch-keepalived.ts'
import { isServing } from './watch-state.ts'
import type { WatchState } from './watch-state.ts'

/** All that the watch knows at the moment. */
export interface WatchKnowledge {
  /** null: nothing asks for haproxy on this node. */
  readonly state: WatchState | null
  readonly sentence: string
  /** null: nothing asks for keepalived on this node. */
  readonly keepalived: KeepalivedSight | null
  readonly holds: readonly Hold[]
  /** What is to be looked at and moves nothing. */
  readonly warnings: readonly Warning[]
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Milliseconds by the clock of `state`. */
  readonly monotonic: number
}

/** What the watch tells peers and people. */
export function toWatchStatus(known: WatchKnowledge): WatchStatus {
  const { state, sentence, keepalived, holds, warnings, now, monotonic } = known
  const haproxy = state?.verdict ?? 'unwatched'
  const clauses = [
    state === null ? 'nothing asks for haproxy on this node' : sentence,
    ...(keepalived === null || keepalived.isRunning ? [] : ['keepalived does not run']),
    ...holds
      .filter(({ owner }) => owner === 'operator')
      .map(({ reason }) => `drained by an operator: ${reason}`),
    ...warnings.map(({ text }) => text),
  ]
  return {
    haproxy,
    sentence: clauses.join('; '),
    since: Math.round(now - (monotonic - (state?.since ?? monotonic))),
    isReady: isServing(haproxy) && keepalived?.isRunning !== false && holds.length === 0,
    instances: keepalived?.instances ?? null,
    ...(keepalived !== null && {
      keepalived: { isRunning: keepalived.hasProcess, version: keepalived.version },
    }),
    vips: keepalived?.vips ?? [],
    holds,
  }
}
