import { join } from 'node:path'
import { warn } from '../diagnostics/warning.ts'
import type { Warning } from '../diagnostics/warning.ts'
import type { Listener, Result } from '../report/report.ts'
import { kinds } from '../resources/index.ts'
import { openStore } from '../store/store.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'
import { disarmAll } from './dead-man.ts'
import { readJournal, removeJournal } from './journal.ts'
import type { Journal } from './journal.ts'
import { runOwed } from './owed.ts'
import { rollBack, rollBackAtBoot } from './rollback.ts'
import { discardStage } from './stage.ts'
import { sweep } from './sweep.ts'

type Folders = Pick<Paths, 'state' | 'run'>

/**
 * The one rule for every crash, power loss included: a change that was not recorded as passed is rolled
 * back, all of it; of one that passed the owed handlers are run. To be called with the lock.
 * @param isBoot nothing was started yet: files and what is started are brought back, the rest by the next
 * run
 * @returns what became of it; null when there was nothing to recover
 */
export async function recover(
  paths: Folders,
  system: System,
  on: Listener,
  isBoot = false,
): Promise<Warning | null> {
  await sweepOwn(paths, system)
  const journal = await readJournal(paths, system)
  if (journal === null) return null
  const context = { paths, kinds, system, on }
  const name = describe(journal)
  if (journal.phase === 'passed') {
    if (isBoot) return null
    on({ type: 'step', message: `finishing ${name}` })
    const results = await runOwed(journal, context)
    const failed = listFailed(results)
    if (failed !== '') {
      return warn(
        'recovery-incomplete',
        `${name} passed its checks, but was cut short, and ${failed}`,
      )
    }
    await disarmAll(paths, system)
    await removeJournal(paths, system)
    return warn(
      'change-recovered',
      `${name} was cut short after it had passed its checks, and was finished`,
    )
  }
  on({ type: 'step', message: `rolling back ${name}, which was cut short` })
  await forgetOwned(journal, paths, system)
  if (isBoot) {
    await rollBackAtBoot(journal, context)
    return warn(
      'change-recovered',
      `${name} was cut short: its files are as they were before; the next run does the rest`,
    )
  }
  const results = await rollBack(journal, context)
  const failed = listFailed(results)
  if (failed !== '') {
    return warn(
      'recovery-incomplete',
      `${name} was cut short, and its rollback is not complete: ${failed}`,
    )
  }
  const count = results.filter(({ type }) => type === 'rollback').length
  return warn(
    'change-recovered',
    `${name} was cut short, and ${count === 0 ? 'had changed nothing yet' : `all that it had changed (${count}) is as it was before`}`,
  )
}

/** Writes of our own files that were cut short, and the stage, which may hold secrets. */
async function sweepOwn({ state, run }: Folders, system: System): Promise<void> {
  const stage = join(run, 'stage')
  if ((await system.stat(stage)) !== null) await discardStage(stage, system)
  for (const folder of [state, join(state, 'journal'), join(state, 'cache/iptables')]) {
    await sweep(folder, system)
  }
}

/** What one could not be brought back, and why. */
export function listFailed(results: readonly Result[]): string {
  return results
    .filter(({ status }) => status === 'failed')
    .map(({ resource, error }) => `${resource}: ${error}`)
    .join('; ')
}

function describe({ commit, at }: Journal): string {
  const what = commit === null ? 'a change' : `the change to ${commit.slice(0, 8)}`
  return `${what} of ${at.slice(0, 19).replace('T', ' ')} UTC`
}

/** What the change has made is about to go. */
async function forgetOwned(journal: Journal, paths: Folders, system: System): Promise<void> {
  const store = await openStore(paths, system)
  const { owned } = store.state()
  // A full disk must not keep anything from being restored
  if (JSON.stringify(owned) === JSON.stringify(journal.owned)) return
  await store.save({ type: 'owned', owned: journal.owned })
}
