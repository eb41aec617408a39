import { createMask } from '../diagnostics/mask.ts'
import type { Result } from '../report/report.ts'
import { disarmAll } from './dead-man.ts'
import { removeJournal, saveProgress } from './journal.ts'
import type { Journal, Thing } from './journal.ts'
import { runOwed } from './owed.ts'
import type { RollbackContext } from './owed.ts'
import { confirm, findChanged, restoreThings } from './restore.ts'

/**
 * Brings everything back from the journal, and runs the handlers of what had changed. May be killed and
 * done again: each step does nothing where all is as before already, and a handler is owed until it has
 * run. What can't be brought back is told, and stays in the journal.
 */
export async function rollBack(
  journal: Journal,
  context: RollbackContext,
): Promise<readonly Result[]> {
  const { paths, kinds, system, on } = context
  const changed = await findChanged(journal.things, kinds, system)
  const begun = await begin(journal, changed, context)
  const { things } = begun
  const found = await restoreThings(things, kinds, false, system)
  const restored = { ...begun, restoredAt: begun.restoredAt ?? system.now() }
  await saveProgress(restored, context)
  const handled = await runOwed(restored, context)
  const faults = await confirm(things, found, kinds, system)

  const results = things
    .filter((one) => changed.has(one) || faults.has(one))
    .map((one) => toResult(one, faults.get(one), restored))
  results.forEach((result) => on({ type: 'result', result }))
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
  const { kinds, system } = context
  const changed = await findChanged(journal.things, kinds, system)
  const begun = await begin(journal, changed, context)
  const faults = await restoreThings(begun.things, kinds, true, system)
  const things = begun.things.filter((one) => one.kind !== 'path' || faults.has(one))
  await saveProgress({ ...begun, things, restoredAt: system.now() }, context)
}

/** From here on, only those handlers are owed whose things have changed. */
async function begin(
  journal: Journal,
  changed: ReadonlySet<Thing>,
  context: RollbackContext,
): Promise<Journal> {
  if (journal.phase === 'rolling-back') return journal
  const notified = new Set([...changed].flatMap(({ notify }) => notify))
  const handlers = journal.handlers.filter(({ task, always }) => always || notified.has(task))
  const begun: Journal = { ...journal, phase: 'rolling-back', handlers }
  await saveProgress(begun, context)
  return begun
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
