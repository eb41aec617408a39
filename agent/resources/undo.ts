import type { System } from '../system/system.ts'

/**
 * How a kind brings back what its `apply` and `remove` change apart from files, which the engine brings
 * back for all of them. A thing is called by a name as in `Owned`, such as a unit or a sysctl key. What a
 * snapshot holds is kept in the journal, so it is plain JSON and is checked when it is read.
 */
export interface Undo extends Steps {
  /** The thing as it is now. The same thing in the same state gives an equal snapshot. */
  snapshot(name: string, system: System): Promise<unknown>
  /**
   * Instead of the steps below when the node is booting and nothing was started yet: what the boot itself
   * would not make so. Without it the boot does it all.
   */
  readonly atBoot?: Steps
  /**
   * Lines of POSIX sh that make it what it was without Evenkeel. Kinds that have it can cut the node off:
   * a dead-man guards their changes.
   */
  script?(name: string, before: unknown): string
}

/** Both do nothing where all is as before already: a rollback that was killed is done once more. */
interface Steps {
  /** Before files are brought back: ends what did not run before, while its files are still there. */
  withdraw?(name: string, before: unknown, system: System): Promise<void>
  /** After files are brought back: makes it what it was. */
  restore(name: string, before: unknown, system: System): Promise<void>
}
