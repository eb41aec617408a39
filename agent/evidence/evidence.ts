import type { Phase } from '../report/report.ts'
import type { WatchStatus } from '../watch/watch-status.ts'

/** What a node proves to its peers about itself: facts with their age, never a lease. */
export interface Evidence {
  readonly version: 1
  /** Name in the inventory. */
  readonly host: string
  /** The commit that this node was last in line with, and for how many milliseconds. */
  readonly applied: { readonly commit: string; readonly age: number } | null
  /** The commit of the last run, and what became of it. */
  readonly attempted: {
    readonly commit: string
    readonly outcome: string
    readonly age: number
  } | null
  /** What a run does at the moment; null: none changes anything. */
  readonly phase: Phase | null
  readonly watch: WatchStatus
  readonly disabled: {
    readonly reason: string
    readonly who: string
    readonly until: string | null
  } | null
  /** Full hashes of the commits that this node refuses. */
  readonly quarantine: readonly string[]
}

/** What this node knows of a peer. */
export interface PeerView {
  readonly name: string
  readonly address: string
  /** The last that it proved; null: nothing yet. */
  readonly evidence: Evidence | null
  /** Milliseconds since that was received, by a clock that never jumps; null: nothing yet. */
  readonly age: number | null
  /** Why the last question was not answered; null: it was. */
  readonly problem: string | null
}
