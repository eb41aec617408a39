import type { Plan } from '../plan/plan.ts'
import type { Result } from '../report/report.ts'
import { armDeadMan, formatDeadMan } from './dead-man.ts'
import { removeJournal, writeJournal } from './journal.ts'
import type { Journal } from './journal.ts'
import { rollBack } from './rollback.ts'
import { takeSnapshots } from './snapshot.ts'
import type { TransactionInput } from './transaction-input.ts'

/** A change that has a way back until it has passed. */
export interface Change {
  /** All is applied, and the node's health is watched: that has a time of its own. */
  watch(): Promise<void>
  /** From here on it stays, whatever happens. False when the dead-man has begun to bring things back. */
  pass(): Promise<boolean>
  /** After `pass`: the way back goes. */
  forget(): Promise<void>
  rollBack(): Promise<readonly Result[]>
}

/**
 * Writes down the way back from everything that a plan changes, and arms the dead-man for what could cut
 * this node off. Returns once all that is on the disk.
 * @throws LocalError when there can't be a way back; nothing has changed then
 */
export async function beginChange(plan: Plan, input: TransactionInput): Promise<Change> {
  const { commit, desired, kinds, owned, paths, system, on } = input
  on({ type: 'step', message: 'writing down the way back' })
  const journal: Journal = {
    version: 1,
    phase: 'applying',
    commit,
    at: new Date(system.now()).toISOString(),
    restoredAt: null,
    ...(await takeSnapshots(plan, desired.handlers, system)),
    owned: [...owned],
    secrets: [...desired.secrets],
  }
  await writeJournal(journal, paths, system)
  const script = isGuarded(plan) ? formatDeadMan(journal.things, kinds, paths) : null
  const arm = async (part: 'applying' | 'watching'): Promise<() => Promise<boolean>> =>
    script === null ? async () => true : armDeadMan(script, part, paths, system)
  let disarm = await arm('applying').catch(async (error: unknown) => {
    await removeJournal(paths, system)
    throw error
  })
  on({ type: 'step', message: 'applying' })
  return {
    async watch() {
      const disarmFirst = disarm
      const disarmNext = await arm('watching')
      const inTime = await disarmFirst()
      disarm = async () => (await disarmNext()) && inTime
    },
    async pass() {
      // First: one that fires later would take back a part of what has passed
      if (!(await disarm())) return false
      const passed: Journal = { ...journal, phase: 'passed', handlers: [] }
      // On a full disk: that there is no journal says the same
      await writeJournal(passed, paths, system).catch(() => removeJournal(paths, system))
      return true
    },
    forget: () => removeJournal(paths, system),
    rollBack() {
      on({ type: 'step', message: 'rolling back' })
      return rollBack(journal, { paths, kinds, system, on })
    },
  }
}

/** Only when a task or a removal of such a kind has something to do: the journal knows more things. */
function isGuarded({ items, removals }: Plan): boolean {
  const active = [
    ...items.filter(({ changes }) => changes.length > 0).map(({ resource }) => resource.kind),
    ...removals.map(({ kind }) => kind),
  ]
  return active.some(({ rollback }) => rollback?.undo?.script !== undefined)
}
