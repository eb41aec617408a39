import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'
import { reduce } from './reduce.ts'
import type { StateEvent } from './reduce.ts'
import { loadState, saveState } from './state.ts'
import type { State } from './state.ts'

/** The state of this node during a run, or for an order of an operator. Each save goes through here. */
export interface Store {
  /** With all that was recorded, on the disk or not. */
  state(): State
  /** Goes to the disk with the next save. */
  record(...events: readonly StateEvent[]): void
  /**
   * Records, and returns once all that was recorded is on the disk. Writes nothing where that is so already.
   * @throws LocalError; it stays recorded, and the next save tries again
   */
  save(...events: readonly StateEvent[]): Promise<void>
}

/**
 * To be called with the lock.
 * @param mode `look`: nothing is ever written. Default: `keep`
 * @throws LocalError when state.json is damaged
 */
export async function openStore(
  paths: Pick<Paths, 'state'>,
  system: Pick<System, 'readFile' | 'writeFile' | 'now'>,
  mode: 'keep' | 'look' = 'keep',
): Promise<Store> {
  let state = await loadState(paths, system)
  let saved = state
  const record = (...events: readonly StateEvent[]): void => {
    for (const event of events) state = reduce(state, event, system.now())
  }
  return {
    state: () => state,
    record,
    async save(...events) {
      record(...events)
      if (state === saved || mode === 'look') return
      const next = state
      await saveState(next, paths, system)
      saved = next
    },
  }
}
