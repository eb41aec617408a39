import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'
import { loadState, saveState } from './state.ts'
import type { State } from './state.ts'

/** The state of this node while a run goes on: several steps of it change a part each. */
export interface Memory {
  /** As it is on the disk. */
  state(): State
  /** Returns once the changed state is on the disk. @throws LocalError, with the state as it was */
  update(change: (state: State) => State): Promise<void>
}

/** To be called with the lock. @throws LocalError when state.json is damaged */
export async function openMemory(
  paths: Pick<Paths, 'state'>,
  system: Pick<System, 'readFile' | 'writeFile'>,
): Promise<Memory> {
  let state = await loadState(paths, system)
  return {
    state: () => state,
    async update(change) {
      const next = change(state)
      await saveState(next, paths, system)
      state = next
    },
  }
}
