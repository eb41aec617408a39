import * as v from 'valibot'
import { notifies } from '../plan/notifies.ts'
import type { Plan } from '../plan/plan.ts'
import type { AnyKind } from '../resources/kind.ts'
import type { Resource } from '../roles/resource.ts'
import type { System } from '../system/system.ts'
import type { Journal, OwedHandler, Thing } from './journal.ts'
import { createPathKeeper, isUnchanged, missingParents, pathSchema } from './path-snapshot.ts'

/** What is about to change and how it is now, and the handlers that will be owed for it. */
export async function takeSnapshots(
  plan: Plan,
  handlers: readonly Resource[],
  system: System,
): Promise<Pick<Journal, 'things' | 'handlers'>> {
  const keepPath = createPathKeeper(system)
  // What is no path side by side: most of it is a command each
  const things = new Map<string, Omit<Thing, 'before'> & { readonly before: Promise<unknown> }>()
  const add = async (kind: AnyKind, name: string, notify: readonly string[]): Promise<void> => {
    const isPath = name.startsWith('/')
    const undo = kind.rollback?.undo
    if (!isPath && undo === undefined) return
    const key = isPath ? name : `${kind.name} ${name}`
    const known = things.get(key)
    if (known !== undefined) return void known.notify.push(...notify)
    for (const parent of isPath ? await missingParents(name, system) : []) {
      await add(kind, parent, [])
    }
    const before = isPath
      ? Promise.resolve(await keepPath(name))
      : Promise.resolve(undo?.snapshot(name, system))
    // It is told below, once all have ended
    before.catch(() => {})
    things.set(key, { kind: isPath ? 'path' : kind.name, name, before, notify: [...notify] })
  }

  const certain = new Set<string>()
  const possible = new Set<string>()
  for (const item of plan.items) {
    const { resource, state, changes } = item
    const { kind, spec } = resource
    const hasDrifted = changes.length > 0
    const notify = hasDrifted ? notifies(item, plan.items, handlers) : []
    const names = touchedBy(kind, spec, state)
    // Running things may change through others, too: a service that does not survive its reload
    for (const name of names) {
      if (hasDrifted || !name.startsWith('/')) await add(kind, name, notify)
    }
    notify.forEach((name) => (names.length > 0 ? possible : certain).add(name))
  }
  for (const { kind, owned } of plan.removals) {
    const files = kind.ownership?.effects(owned).files.map(({ path }) => path) ?? []
    const names = (await kind.rollback?.removes?.(owned, system)) ?? [owned.name, ...files]
    for (const name of names) await add(kind, name, [])
  }
  const owed = handlers.filter(({ task }) => certain.has(task) || possible.has(task))
  for (const { kind, spec } of owed) {
    for (const name of touchedBy(kind, spec, await kind.observe(spec, system))) {
      await add(kind, name, [])
    }
  }
  // A file that is taken away notifies nobody: what runs then, and had been in sync, is looked at itself
  const running = plan.items.filter(
    ({ resource, changes }) => resource.kind.reload !== undefined && changes.length === 0,
  )
  const taken = [...things.values()].map(async (thing) => ({
    ...thing,
    before: await thing.before,
  }))
  return {
    things: await Promise.all(taken),
    handlers: [
      ...owed.map((handler) => toOwed(handler, certain.has(handler.task))),
      ...running.map(({ resource }) => toOwed(resource, true)),
    ],
  }
}

function touchedBy(kind: AnyKind, spec: unknown, state: unknown): readonly string[] {
  const written = (kind.writes?.(spec, state) ?? []).map(({ path }) => path)
  return [...written, ...(kind.rollback?.touches?.(spec, state) ?? [])]
}

function toOwed({ role, task, kind, raw, noLog }: Resource, always: boolean): OwedHandler {
  return { role, task, kind: kind.name, raw, noLog, always }
}

/** Whether a thing differs from what it was. */
export async function hasChanged(
  { kind, name, before }: Thing,
  kinds: ReadonlyMap<string, AnyKind>,
  system: System,
): Promise<boolean> {
  if (kind === 'path') return !(await isUnchanged(name, v.parse(pathSchema, before), system))
  const now = await kinds.get(kind)?.rollback?.undo?.snapshot(name, system)
  return JSON.stringify(now) !== JSON.stringify(before)
}
