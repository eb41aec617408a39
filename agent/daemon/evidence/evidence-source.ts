import { journalFile } from '../../apply/journal.ts'
import type { Evidence } from '../../peers/evidence.ts'
import { readDisabled, settle } from '../../store/disabled.ts'
import type { Disabled } from '../../store/disabled.ts'
import { loadQuarantine } from '../../store/quarantine.ts'
import type { Quarantine } from '../../store/quarantine.ts'
import { emptyState, loadState } from '../../store/state.ts'
import type { State } from '../../store/state.ts'
import type { Paths } from '../../system/paths.ts'
import type { System } from '../../system/system.ts'
import { composeEvidence } from './compose-evidence.ts'
import type { Composition } from './compose-evidence.ts'

/** Milliseconds after which the files are read again even when they seem unchanged. */
const longestMemory = 10_000
/** Ages that are kept; a node needs three of them at a time. */
const mostAges = 50

/** What the files of this node say of it. */
interface Remembered {
  readonly state: Pick<State, 'applied' | 'attempted'>
  readonly quarantine: Quarantine
  readonly disabled: Disabled | null
}

/**
 * Makes the evidence of this node whenever it is asked for. Its files are read when they have changed: all
 * of them are replaced by rename, which changes the time of their folder. What can't be read stays as it
 * was when it could.
 * @param present what the process itself knows at this moment
 * @returns asked with the name of this node in the inventory
 * @param uptime milliseconds, from a clock that never jumps
 */
export function createEvidenceSource(
  paths: Pick<Paths, 'state'>,
  system: Pick<System, 'readFile' | 'stat' | 'now'>,
  present: () => Pick<Composition, 'phase' | 'watch'>,
  uptime: () => number = () => performance.now(),
): (host: string) => Promise<Evidence> {
  let remembered: Remembered = { state: emptyState, quarantine: {}, disabled: null }
  let read: { readonly version: number | undefined; readonly at: number } | null = null
  const ageOf = createAges(system, uptime)

  async function refresh(): Promise<void> {
    const version = (await system.stat(paths.state))?.mtime
    if (read?.version === version && read !== null && uptime() - read.at < longestMemory) return
    const { state, quarantine, disabled } = remembered
    remembered = {
      state: await loadState(paths, system).catch(() => state),
      quarantine: await loadQuarantine(paths, system).catch(() => quarantine),
      disabled: await readDisabled(paths, system).catch(() => disabled),
    }
    read = { version, at: uptime() }
  }

  return async (host) => {
    await refresh()
    const { state, quarantine, disabled } = remembered
    return composeEvidence({
      host,
      ...present(),
      state,
      quarantine,
      disabled: disabled && settle(disabled, system.now()),
      isUnfinished: (await system.stat(journalFile(paths))) !== null,
      ageOf,
    })
  }
}

/** Ages by the clock of the node when they are first asked for, and from then on by one that never jumps. */
function createAges(system: Pick<System, 'now'>, uptime: () => number): (time: number) => number {
  const origins = new Map<number, number>()
  return (time) => {
    if (origins.size > mostAges) origins.clear()
    const now = system.now()
    const origin = origins.get(time) ?? uptime() - (time <= now ? now - time : 0)
    origins.set(time, origin)
    return Math.max(0, Math.round(uptime() - origin))
  }
}
