import type { Gate } from '../health/gate.ts'
import type { TagChoice } from '../plan/plan.ts'
import type { Listener } from '../report/report.ts'
import type { AnyKind, Owned } from '../resources/kind.ts'
import type { Desired } from '../roles/resource.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'
import type { LastInLine } from './unread.ts'

/** What a transaction needs: the desired state, what we own on this node, and the machine. */
export interface TransactionInput {
  readonly desired: Desired
  /** That the desired state comes from; null for a folder. */
  readonly commit: string | null
  readonly owned: readonly Owned[]
  readonly kinds: ReadonlyMap<string, AnyKind>
  readonly choice: TagChoice
  /** The journal is on disk, the stage in memory: secrets of a refused commit never reach the disk. */
  readonly paths: Pick<Paths, 'state' | 'run'>
  readonly system: System
  readonly on: Listener
  /** Told before anything is applied, and again at the end: these things exist because of us. */
  readonly remember: (owned: readonly Owned[]) => Promise<void>
  /**
   * Asks the node what validators of files let pass. Default: nothing is asked.
   * @param changing paths of the files that this run writes or removes
   * @throws CommitError
   */
  readonly checkNode?: (changing: ReadonlySet<string>) => Promise<void>
  /** Default: what was applied and is in sync is good. */
  readonly gate?: Gate
  /** Of earlier transactions with the same desired state. Default: nothing is known of them. */
  readonly last?: LastInLine
}
