import type { AgentConfig } from '../config/config.ts'
import type { Warning } from '../diagnostics/warning.ts'
import type { AskNewer } from '../health/newer-commit.ts'
import type { Vars } from '../inventory/inventory.ts'
import type { TagChoice } from '../plan/plan.ts'
import type { Cause, Listener, Report } from '../report/report.ts'
import type { Profile } from '../store/profile.ts'
import type { Release } from '../store/state.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'
import type { DesiredCache } from './desired-cache.ts'

/** What a person or the schedule asks of one run. */
export interface Request {
  readonly mode: 'converge' | 'plan'
  /** A folder instead of the remote (`-i`): never counts as an applied commit. */
  readonly folder: string | null
  readonly choice: TagChoice
  readonly extraVars: Vars
  readonly cause: Cause
  /** A good release to go back to, instead of asking the remote. */
  readonly rollBackTo: Release | null
  /** What agent.yml said when it was right last: one that is wrong now must not keep drift from being repaired. */
  readonly lastConfig?: AgentConfig
}

/** The machine that a run works on. */
export interface Node {
  readonly paths: Paths
  readonly system: System
  /** Of a process that does many runs. Default: nothing is kept from one run to the next. */
  readonly cache?: DesiredCache
  /** Which VIPs the peers say they have; null: not all of them say so. Default: no peers are asked. */
  readonly vipsElsewhere?: () => Promise<readonly string[] | null>
}

/** What is known so far, for the report of a run that ends early. */
export interface Progress {
  node: string | null
  commit: string | null
  subject: string | null
  readonly warnings: Warning[]
  /** Of the last desired state that this node was brought in line with; null: none in this run. */
  profile: Profile | null
}

/** All that a run goes by. */
export interface Run {
  readonly request: Request
  readonly node: Node
  /** null: a run over a folder, on a machine that has no agent.yml. */
  readonly config: AgentConfig | null
  /** Default: what this run works on is not taken back for a newer commit. */
  readonly newer?: AskNewer
  /** Aborted once this node can't wait for the remote any more. */
  readonly hasten?: AbortSignal | undefined
  readonly on: Listener
  readonly progress: Progress
}

/** What comes of a run. */
export interface RunEnd {
  readonly report: Report
  /** null: the run was only to look, or has not brought the node in line with anything. */
  readonly profile: Profile | null
  /** Another run had the lock, and this one has not begun. */
  readonly isLocked?: boolean
}
