import type { AgentConfig } from '../config/config.ts'
import type { Warning } from '../diagnostics/warning.ts'
import type { AskNewer } from '../health/newer-commit.ts'
import type { Listener, Report } from '../report/report.ts'
import type { SourceConfig } from '../source/source-config.ts'
import type { Profile } from '../store/profile.ts'
import type { Quarantine } from '../store/quarantine.ts'
import type { Store } from '../store/store.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'
import type { TreeFiles } from '../system/tree-files.ts'
import type { DesiredCache } from './desired-cache.ts'
import type { AskPeers } from './peer-keepalived.ts'
import type { Request } from './request.ts'

/** The machine that a run works on. */
export interface Node {
  readonly paths: Paths
  readonly system: System
  /** Reads config repos. Default: as the node's own files are read, whose links are followed in few cases. */
  readonly tree?: TreeFiles
  /** Of a process that does many runs. Default: nothing is kept from one run to the next. */
  readonly cache?: DesiredCache
  /** Which VIPs the peers say they have; null: not all of them say so. Default: no peers are asked. */
  readonly vipsElsewhere?: () => Promise<readonly string[] | null>
  /** Default: none of them answers. */
  readonly askPeers?: AskPeers
}

/** Who else has a part in a run. */
export interface Collaborators {
  readonly on: Listener
  /**
   * Aborted once this node can't wait for the remote any more: what was fetched before counts then. Default:
   * that never comes.
   */
  readonly skipRemoteWait?: AbortSignal | undefined
}

/** What is known so far, for the report of a run that ends early. */
export interface Progress {
  node: string | null
  commit: string | null
  subject: string | null
  /** What was looked at alone, by its tags; null: all of it. */
  part: string | null
  readonly warnings: Warning[]
  /** Values that the report must not show. */
  secrets: readonly string[]
  /** Of the last desired state that this node converged to; null: none in this run. */
  profile: Profile | null
}

/** A run that may not begin yet. */
export interface GivenRun extends Request, Collaborators {
  readonly node: Node
  readonly progress: Progress
}

/** All that a run goes by, what it was asked for first of all: the one argument that its steps share. */
export interface Run extends GivenRun {
  /** null: a run over a folder, on a machine that has no agent.yml. */
  readonly config: AgentConfig | null
  readonly store: Store
  /** Default: what this run works on is not rolled back for a newer commit. */
  readonly newer?: AskNewer
}

/** A run that follows the config repo, rather than a folder. */
export interface RepoRun extends Run {
  readonly config: AgentConfig
  readonly source: SourceConfig
  readonly quarantine: Quarantine
}

/** What comes of a run. */
export interface RunEnd {
  readonly report: Report
  /** null: the run was only to look, or the node has not converged to anything. */
  readonly profile: Profile | null
  /** Another run had the lock, and this one has not begun. */
  readonly isLocked?: boolean
}
