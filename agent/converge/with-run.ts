import { readJournal } from '../apply/journal.ts'
import { recover } from '../apply/recover.ts'
import { loadConfig } from '../config/config.ts'
import type { AgentConfig } from '../config/config.ts'
import { warn } from '../diagnostics/warning.ts'
import { openStore } from '../store/store.ts'
import type { Store } from '../store/store.ts'
import { UsageError } from '../system/errors.ts'
import { lock } from '../system/lock.ts'
import { holdWhileDisabled } from './hold-while-disabled.ts'
import type { GivenRun, Run } from './run.ts'

/**
 * Does something with a run that may begin: agent.yml is read, no other run has the lock, what an earlier run
 * has left behind has come to its end, and the node is not disabled.
 * @throws UsageError, HeldError or LocalError where it may not
 */
export async function withRun<T>(given: GivenRun, act: (run: Run) => Promise<T>): Promise<T> {
  const { mode, node } = given
  const config = await readConfig(given)
  const unlock = await lock(node.paths, mode, node.system)
  try {
    const store = await recoverStore(given)
    await holdWhileDisabled(given)
    return await act({ ...given, config, store })
  } finally {
    unlock()
  }
}

/** A run over a folder works on machines that have no agent.yml, too. */
async function readConfig(given: GivenRun): Promise<AgentConfig | null> {
  const { folder, lastConfig, node, progress } = given
  const { paths, system } = node
  if (folder !== null && (await system.stat(paths.config)) === null) return null
  try {
    return await loadConfig(paths.config, system)
  } catch (error) {
    if (lastConfig === undefined || !(error instanceof UsageError)) throw error
    progress.warnings.push(
      warn('config-wrong', `${error.message}; what it said before stays in force`),
    )
    return lastConfig
  }
}

async function recoverStore({ mode, node, on, progress }: GivenRun): Promise<Store> {
  const { paths, system } = node
  if (mode === 'plan') return openStore(paths, system, 'look')
  const journal = await readJournal(paths, system)
  const recovered = await recover(paths, system, on)
  if (recovered !== null) progress.warnings.push(recovered)
  const store = await openStore(paths, system)
  const passed = journal?.phase === 'passed' ? journal.commit : null
  await store.save({ type: 'cut', passed })
  return store
}
