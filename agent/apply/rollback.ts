import * as v from 'valibot'
import type { Paths } from '../paths.ts'
import { createMask } from '../report/mask.ts'
import type { Listener, Result } from '../report/report.ts'
import type { AnyKind } from '../resources/kind.ts'
import type { Undo } from '../resources/undo.ts'
import type { System } from '../system/system.ts'
import { messageOf } from './apply.ts'
import { disarmAll } from './dead-man.ts'
import { removeJournal, writeJournal } from './journal.ts'
import type { Journal, Thing } from './journal.ts'
import { runOwed } from './owed.ts'
import { isRestored, pathSchema, restorePath } from './path-snapshot.ts'
import { hasChanged } from './snapshot.ts'

/** What a rollback works on besides its journal. */
export interface RollbackContext {
  readonly paths: Pick<Paths, 'state' | 'run'>
  readonly kinds: ReadonlyMap<string, AnyKind>
  readonly system: System
  readonly on: Listener
}

/**
 * Brings everything back from the journal, and runs the handlers of what had changed. May be killed and
 * done again: each step does nothing where all is as before already, and a handler is owed until it has
 * run. What can't be brought back is told, and stays in the journal.
 */
export async function rollBack(
  journal: Journal,
  context: RollbackContext,
): Promise<readonly Result[]> {
  const { paths, system } = context
  const changed = await findChanged(journal.things, context)
  const owed = await beginRollback(journal, changed, context)
  const faults = new Map<Thing, string>()
  const attempt = createAttempt(faults)
  // These only count if the thing is not as before in the end
  const first = new Map<Thing, string>()
  const attemptFirst = createAttempt(first)

  const { things } = owed
  for (const one of things.toReversed()) {
    await attemptFirst(one, async () =>
      undoOf(one, context)?.withdraw?.(one.name, one.before, system),
    )
  }
  await restorePaths(things, attempt, system)
  for (const one of things) {
    await attempt(one, async () => undoOf(one, context)?.restore(one.name, one.before, system))
  }
  const restored = { ...owed, restoredAt: owed.restoredAt ?? system.now() }
  await writeJournal(restored, paths, system)
  const handled = await runOwed(restored, context)
  await findUnrestored(things, first, faults, context)

  const results = things
    .filter((one) => changed.has(one) || faults.has(one))
    .map((one) => toResult(one, faults.get(one), restored))
  results.forEach((result) => context.on({ type: 'result', result }))
  const all = [...results, ...handled]
  // One that fires later would meet another change
  await disarmAll(paths, system)
  if (all.every(({ status }) => status !== 'failed')) await removeJournal(paths, system)
  return all
}

/**
 * The part of a rollback that a boot needs before anything is started: files, and what is started. The
 * rest, which the boot mostly does by itself, stays in the journal for the first run.
 */
export async function rollBackAtBoot(journal: Journal, context: RollbackContext): Promise<void> {
  const { paths, system } = context
  const owed = await beginRollback(journal, await findChanged(journal.things, context), context)
  const faults = new Map<Thing, string>()
  const attempt = createAttempt(faults)
  const { things } = owed
  const steps = (one: Thing): Undo['atBoot'] => undoOf(one, context)?.atBoot
  for (const one of things.toReversed()) {
    await attempt(one, async () => steps(one)?.withdraw?.(one.name, one.before, system))
  }
  await restorePaths(things, attempt, system)
  for (const one of things) {
    await attempt(one, async () => steps(one)?.restore(one.name, one.before, system))
  }
  const left = things.filter((one) => one.kind !== 'path' || faults.has(one))
  await writeJournal({ ...owed, things: left, restoredAt: system.now() }, paths, system)
}

/** From here on, only those handlers are owed whose things have changed. */
async function beginRollback(
  journal: Journal,
  changed: ReadonlySet<Thing>,
  { paths, system }: RollbackContext,
): Promise<Journal> {
  if (journal.phase === 'rolling-back') return journal
  const notified = new Set([...changed].flatMap(({ notify }) => notify))
  const handlers = journal.handlers.filter(({ task, always }) => always || notified.has(task))
  const begun: Journal = { ...journal, phase: 'rolling-back', handlers }
  await writeJournal(begun, paths, system)
  return begun
}

async function findChanged(
  things: readonly Thing[],
  { kinds, system }: RollbackContext,
): Promise<ReadonlySet<Thing>> {
  const changed = new Set<Thing>()
  // What can't be looked at counts as changed
  for (const one of things) {
    if (await hasChanged(one, kinds, system).catch(() => true)) changed.add(one)
  }
  return changed
}

type Attempt = (one: Thing, act: () => Promise<void> | undefined) => Promise<void>

/** One thing that can't be brought back must not keep the others from it. */
function createAttempt(faults: Map<Thing, string>): Attempt {
  return async (one, act) => {
    try {
      await act()
    } catch (error) {
      faults.set(one, messageOf(error))
    }
  }
}

async function restorePaths(
  things: readonly Thing[],
  attempt: Attempt,
  system: System,
): Promise<void> {
  const paths = things.filter(({ kind }) => kind === 'path')
  for (const one of paths.toReversed()) {
    await attempt(one, () => restorePath(one.name, v.parse(pathSchema, one.before), system))
  }
  // Also for units that no task starts, such as one that a timer starts
  const isUnit = paths.some(({ name }) => name.startsWith('/etc/systemd/system/'))
  if (isUnit) await system.run(['systemctl', 'daemon-reload'])
}

/** Looks at everything once more: what a command said to have done is not always so. */
async function findUnrestored(
  things: readonly Thing[],
  first: ReadonlyMap<Thing, string>,
  faults: Map<Thing, string>,
  { kinds, system }: RollbackContext,
): Promise<void> {
  const attempt = createAttempt(faults)
  for (const one of things) {
    await attempt(one, async () => {
      const isBack =
        one.kind === 'path'
          ? await isRestored(one.name, v.parse(pathSchema, one.before), system)
          : !(await hasChanged(one, kinds, system))
      if (isBack || faults.has(one)) return
      faults.set(one, first.get(one) ?? 'was brought back, and differs again')
    })
  }
}

function undoOf({ kind }: Thing, { kinds }: RollbackContext): Undo | undefined {
  return kinds.get(kind)?.undo
}

function toResult(one: Thing, fault: string | undefined, { secrets }: Journal): Result {
  const error = fault === undefined ? {} : { error: createMask(secrets)(fault) }
  return {
    role: '',
    task: 'back to what it was',
    resource: `${one.kind === 'path' ? 'file' : one.kind} ${one.name}`,
    type: 'rollback',
    status: fault === undefined ? 'changed' : 'failed',
    changes: [],
    notes: [],
    duration: 0,
    ...error,
  }
}
