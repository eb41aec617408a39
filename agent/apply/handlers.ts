import type { Planned } from '../plan/plan.ts'
import type { Resource } from '../roles/resource.ts'
import type { System } from '../system/system.ts'

/** When the tasks that notify a handler were applied: handler's task name → milliseconds since the epoch. */
export type Notified = ReadonlyMap<string, number>

/** The handlers that are asked for, with the time of the latest who does. */
export function notified(
  applied: readonly { readonly notify: readonly string[]; readonly at: number }[],
): Notified {
  const latest = new Map<string, number>()
  for (const { notify, at } of applied) {
    for (const name of notify) latest.set(name, Math.max(at, latest.get(name) ?? 0))
  }
  return latest
}

/**
 * Whether a notified handler still has something to do. A service that was started or restarted after
 * the last change has read it already: reloading it again would be one disturbance too many.
 */
export async function isOwed(
  handler: Resource,
  at: number,
  system: System,
): Promise<Planned | null> {
  const { kind, spec } = handler
  const state = await kind.observe(spec, system)
  const done = kind.reload?.actedAt(spec, state) ?? null
  if (done !== null && done > at) return null
  return { resource: handler, state, changes: kind.diff(spec, state), notes: [], duration: 0 }
}
