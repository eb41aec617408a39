import { basename, dirname } from 'node:path'
import * as v from 'valibot'
import type { AnyKind } from '../resources/kind.ts'
import type { Undo } from '../resources/undo.ts'
import { describeError } from '../system/errors.ts'
import type { System } from '../system/system.ts'
import type { Thing } from './journal.ts'
import { isRestored, pathSchema, restorePath } from './path-snapshot.ts'
import { hasChanged } from './snapshot.ts'
import { sweep } from './sweep.ts'

/** Why things could not be brought back. One that fails must not keep the others from it. */
export type Faults = Map<Thing, string>

type Kinds = ReadonlyMap<string, AnyKind>

/** What differs from what it was. What can't be looked at counts as changed. */
export async function findChanged(
  things: readonly Thing[],
  kinds: Kinds,
  system: System,
): Promise<ReadonlySet<Thing>> {
  const changed = new Set<Thing>()
  for (const one of things) {
    if (await hasChanged(one, kinds, system).catch(() => true)) changed.add(one)
  }
  return changed
}

/**
 * Brings all things back: ends what did not run before, backwards, as long as its files are there; then
 * files, backwards; then the rest, in the order in which a run brings it about.
 * @param isBoot nothing was started yet
 */
export async function restoreThings(
  things: readonly Thing[],
  kinds: Kinds,
  isBoot: boolean,
  system: System,
): Promise<Faults> {
  const stepsOf = (name: string): Undo['atBoot'] => {
    const undo = kinds.get(name)?.rollback?.undo
    return isBoot ? undo?.atBoot : undo
  }
  const withdrawing: Faults = new Map()
  const faults: Faults = new Map()
  for (const one of things.toReversed()) {
    const { kind, name, before } = one
    await attempt(one, withdrawing, () => stepsOf(kind)?.withdraw?.(name, before, system))
  }
  const paths = things.filter(({ kind }) => kind === 'path')
  for (const one of paths.toReversed()) {
    await attempt(one, faults, async () => {
      // Before a folder goes, which has to be empty
      await sweep(dirname(one.name), system, basename(one.name))
      await restorePath(one.name, v.parse(pathSchema, one.before), system)
    })
  }
  // Also for units that no task names, such as one that a timer starts
  const hasUnits = paths.some(({ name }) => name.startsWith('/etc/systemd/system/'))
  if (hasUnits) await system.run(['systemctl', 'daemon-reload'])
  for (const one of things) {
    const { kind, name, before } = one
    await attempt(one, faults, () => stepsOf(kind)?.restore(name, before, system))
  }
  // What failed at first may have come about nevertheless
  for (const one of withdrawing.keys()) {
    if (await isBack(one, kinds, system)) withdrawing.delete(one)
  }
  return new Map([...withdrawing, ...faults])
}

/** Looks at everything once more: what a command said to have done is not always so. */
export async function confirm(
  things: readonly Thing[],
  found: Faults,
  kinds: Kinds,
  system: System,
): Promise<Faults> {
  const faults: Faults = new Map(found)
  for (const one of things.filter((one) => !found.has(one))) {
    await attempt(one, faults, async () => {
      if (await isBack(one, kinds, system)) return
      faults.set(one, 'was brought back, and differs again')
    })
  }
  return faults
}

async function isBack(one: Thing, kinds: Kinds, system: System): Promise<boolean> {
  if (one.kind !== 'path') return !(await hasChanged(one, kinds, system))
  return isRestored(one.name, v.parse(pathSchema, one.before), system)
}

async function attempt(
  one: Thing,
  faults: Faults,
  act: () => Promise<void> | undefined,
): Promise<void> {
  try {
    await act()
  } catch (error) {
    faults.set(one, describeError(error))
  }
}
