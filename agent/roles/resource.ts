import type { Effects } from '../resources/effects.ts'
import type { AnyKind } from '../resources/kind.ts'
import type { Place } from '../system/errors.ts'

/** One managed thing, rendered: a kind, its parameters, and the task that asked for it. */
export interface Resource {
  readonly kind: AnyKind
  readonly spec: unknown
  /** The parameters that `spec` was parsed from: a handler that is owed runs without its role. */
  readonly raw: Readonly<Record<string, unknown>>
  readonly id: string
  readonly effects: Effects
  readonly role: string
  /** Name of the task. */
  readonly task: string
  readonly place: Place
  readonly notify: readonly string[]
  readonly tags: readonly string[]
  readonly noLog: boolean
}

/** A task that `when` left out. */
export interface SkippedTask {
  readonly role: string
  /** Its name. */
  readonly task: string
  readonly tags: readonly string[]
}

/** The desired state of one host. */
export interface Desired {
  readonly host: string
  readonly resources: readonly Resource[]
  /** In the order in which they run. A resource notifies them by task name. */
  readonly handlers: readonly Resource[]
  readonly skipped: readonly SkippedTask[]
  /** Its variables as templates see them: rendered when read. */
  readonly vars: Readonly<Record<string, unknown>>
  /** Values that must never be shown. */
  readonly secrets: readonly string[]
}
