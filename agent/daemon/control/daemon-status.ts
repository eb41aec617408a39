import type { DriftPolicy } from '../../config/config.ts'
import type { PeerView } from '../../peers/evidence.ts'
import type { WatchStatus } from '../../peers/watch-status.ts'
import type { Cause, Phase } from '../../report/report.ts'
import type { DriftSeen } from '../loop/drift-seen.ts'

/** What the daemon tells of itself. Times are ISO 8601. */
export interface DaemonStatus {
  readonly version: string
  readonly pid: number
  readonly since: string
  /** When the schedule is due next. */
  readonly nextRun: string
  readonly onDrift: DriftPolicy
  /** The run in hand; null: none. */
  readonly inHand: {
    readonly cause: Cause
    readonly since: string
    readonly phase: Phase | null
  } | null
  /** How many runs wait for it. */
  readonly waiting: number
  /** The last drift since the daemon was started. */
  readonly lastDrift: DriftSeen | null
  /** null: this node has nothing to watch. */
  readonly watch: WatchStatus | null
  /** null: no peers are asked. */
  readonly peers: readonly PeerView[] | null
  /** Why peers can't ask this node; null: they can, or nobody asks. */
  readonly unheard: string | null
}
