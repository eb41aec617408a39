import type { Place } from '../system/errors.ts'
import type { FileStat, System } from '../system/system.ts'
import type { Change } from './change.ts'
import type { Effects } from './effects.ts'
import type { Undo } from './undo.ts'

export type { Change }

/** A file as a kind wants it on disk. `content: null` means the path is to be absent. */
export interface FileWrite {
  readonly path: string
  readonly content: Uint8Array | null
  /** Permission bits, such as 0o640. */
  readonly mode: number
  readonly owner: string
  readonly group: string
  /**
   * Command that judges the file in the node as it would be, before anything is replaced. An element
   * `%s` stands for the path. Non-zero refuses the commit.
   */
  readonly validate?: readonly string[]
  /** Secret: never print the content or a diff of it. */
  readonly noLog?: boolean
}

/** Something on the node that exists because of us, in the words of its kind. */
export interface OwnedThing {
  /** Names the thing within its kind: a path, a chain (`ipv4 filter EVENKEEL-IN`), a sysctl key. */
  readonly name: string
  /** What was there before us (a sysctl's value); null when nothing was. */
  readonly before: string | null
}

/** The same as state.json remembers it, so that it can be taken back once no resource asks for it. */
export interface Owned extends OwnedThing {
  readonly kind: string
  /** Its task had `no_log`: what it holds is not shown when it goes, either. Default: false. */
  readonly secret?: boolean
}

/**
 * One type of resource. Methods are pure or read only, except `apply`, `remove` and those of `undo`.
 * The engine owns what kinds must not repeat: check mode, order, timing, notify, staging and
 * validation, observing again after apply, the way back for files, the report. Others know a resource by
 * its effects alone.
 */
export interface Kind<Spec, State> {
  readonly name: string
  /** Applied before staging, outside the transaction, since validators need its result. */
  readonly early?: boolean
  /** Folder of the role where `src` names a file, which becomes `content`: as it is, or rendered. */
  readonly source?: 'files' | 'templates'

  /**
   * Checks the parameters of a task (already rendered: strings, numbers, booleans, lists, maps) and
   * fills in defaults.
   * @throws CommitError naming `place` extended by the key at fault
   */
  parse(raw: Readonly<Record<string, unknown>>, place: Place): Spec
  /**
   * Why this may only be a handler: it acts each time (a restart, a command without a guard), so as a
   * task the node would never be in sync, and after `apply` the drift is still there. One clause, or null.
   */
  handlerOnly?(spec: Spec): string | null
  /** Stable, unique and readable: `file /etc/haproxy/haproxy.cfg`. */
  id(spec: Spec): string
  effects(spec: Spec): Effects
  /** Reads disk and running state; changes nothing. */
  observe(spec: Spec, system: System): Promise<State>
  /** The drift. Empty means in sync. */
  diff(spec: Spec, state: State): readonly Change[]
  /**
   * Remarks that are neither drift nor an error, one clause each: a part of the task that this node
   * has no use for, something beside it that could get in its way. Shown with the resource.
   */
  notes?(spec: Spec, state: State): readonly string[]
  /** What is at the path of its one file effect; null: nothing. A kind of several files leaves it out. */
  found?(spec: Spec, state: State): FileStat | null
  /** Files that `apply` would write for this drift; the engine stages and validates them first. */
  writes?(spec: Spec, state: State): readonly FileWrite[]
  /**
   * Refuses what validators of files can't see (a firewall rule the kernel rejects, an unknown
   * sysctl key). Runs for every resource before anything is applied; touches nothing.
   * @throws CommitError, or LocalError where something on this node stands in the way (a masked unit)
   */
  check?(spec: Spec, place: Place, system: System): Promise<void>
  apply(spec: Spec, changes: readonly Change[], state: State, system: System): Promise<void>

  /** For what exists because of us, and goes once nothing asks for it. */
  readonly ownership?: Ownership<Spec, State>
  /** For a unit, whose process reads files when it starts or is told to. */
  readonly reload?: Reload<Spec, State>
  /** For what `apply` and `remove` change besides the files of `writes`: without it there is no way back. */
  readonly rollback?: Rollback<Spec, State>
}

export interface Ownership<Spec, State> {
  /** Name of the kind that takes it back: this one, or one that makes the same thing. */
  readonly kind: string
  /** What will exist because of us after `apply`, given the state found before the first one. */
  owned(spec: Spec, state: State): readonly OwnedThing[]
  /** Names (as in {@link OwnedThing}) that the task wants to exist, whoever made them: never pruned. */
  claims(spec: Spec): readonly string[]
  /** What removing it would change now; empty when it is gone already. */
  removal(owned: OwnedThing, system: System): Promise<readonly Change[]>
  remove(owned: OwnedThing, system: System): Promise<void>
  /** What removing it does to the node. */
  effects(owned: OwnedThing): Effects
}

/** Its methods are about the unit of the resource's effects. */
export interface Reload<Spec, State> {
  /** Changes whenever the process may have read its files anew. null: it can't prove what it runs with. */
  readMark(spec: Spec, state: State): string | null
  /** Whether the process proves that it runs with what the file at this path holds now. */
  hasRead(spec: Spec, state: State, path: string): boolean
  /**
   * For handlers after a rollback: true when there is nothing that would read what was brought back, such
   * as a unit that did not run before and does not run again.
   */
  isIdle(spec: Spec, state: State): boolean
  /** For handlers: when the node last did what the task asks (ms since the epoch); null when never. */
  actedAt(spec: Spec, state: State): number | null
}

export interface Rollback<Spec, State> {
  /**
   * What `apply` changes besides the files of `writes`: absolute paths, which the engine keeps and brings
   * back, and names for `undo`.
   */
  touches?(spec: Spec, state: State): readonly string[]
  /** The same for `remove`. Default: the name of what is owned, and the files that its removal has an effect on. */
  removes?(owned: OwnedThing, system: System): Promise<readonly string[]>
  readonly undo?: Undo
}

/** A kind whose Spec and State are known to itself alone. */
export type AnyKind = Kind<unknown, unknown>
