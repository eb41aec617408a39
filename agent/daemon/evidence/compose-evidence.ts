import type { Evidence } from '../../peers/evidence.ts'
import type { WatchStatus } from '../../peers/watch-status.ts'
import type { Phase } from '../../report/report.ts'
import type { Disabled } from '../../store/disabled.ts'
import type { Quarantine } from '../../store/quarantine.ts'
import type { State } from '../../store/state.ts'

/** All that evidence is made of. */
export interface Composition {
  readonly host: string
  readonly state: Pick<State, 'applied' | 'attempted'>
  readonly quarantine: Quarantine
  readonly disabled: Disabled | null
  /** A change has not come to its end. Without a run of this process, one that is gone has left it so. */
  readonly isUnfinished: boolean
  /** Of the run of this process; null: none changes anything. */
  readonly phase: Phase | null
  readonly watch: WatchStatus
  /** Milliseconds from then (in milliseconds since the epoch) until now. Never below 0. */
  readonly ageOf: (time: number) => number
}

/** What this node says of itself to its peers. No secret is in it: whoever listens may read it. */
export function composeEvidence(from: Composition): Evidence {
  const { state, disabled, ageOf } = from
  const { since, keepalived, ...watch } = from.watch
  return {
    version: 1,
    host: from.host,
    applied: state.applied && {
      commit: state.applied.commit,
      age: ageOf(Date.parse(state.applied.at)),
    },
    attempted: state.attempted && {
      commit: state.attempted.commit,
      outcome: state.attempted.outcome,
      age: ageOf(Date.parse(state.attempted.at)),
    },
    phase: from.phase ?? (from.isUnfinished ? 'rolling-back' : null),
    watch: { ...watch, age: ageOf(since) },
    ...(keepalived !== undefined && { keepalived }),
    disabled: disabled && {
      reason: disabled.reason,
      who: disabled.who,
      until: disabled.until,
    },
    quarantine: Object.keys(from.quarantine),
  }
}
