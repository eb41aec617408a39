import type { FileStat, System } from '../../system/system.ts'
import type { Change } from '../kind.ts'
import { formatMode } from './mode.ts'

/** Permissions and owner as a task wants them; what is left out stays as it is. */
export interface Attributes {
  readonly mode?: number | undefined
  readonly owner?: string | undefined
  readonly group?: string | undefined
}

/** Where mode, owner and group differ from what is wanted. */
export function diffAttributes(wanted: Attributes, found: FileStat): readonly Change[] {
  const changes: Change[] = []
  if (wanted.mode !== undefined && wanted.mode !== found.mode) {
    changes.push({ field: 'mode', before: formatMode(found.mode), after: formatMode(wanted.mode) })
  }
  if (wanted.owner !== undefined && wanted.owner !== found.owner) {
    changes.push({ field: 'owner', before: found.owner, after: wanted.owner })
  }
  if (wanted.group !== undefined && wanted.group !== found.group) {
    changes.push({ field: 'group', before: found.group, after: wanted.group })
  }
  return changes
}

/** Gives an existing file or folder the wanted mode and owner. */
export async function applyAttributes(
  path: string,
  wanted: Attributes,
  found: Pick<FileStat, 'mode' | 'owner' | 'group'>,
  system: Pick<System, 'setMode' | 'setOwner'>,
): Promise<void> {
  const owner = wanted.owner ?? found.owner
  const group = wanted.group ?? found.group
  const mode = wanted.mode ?? found.mode
  const moves = owner !== found.owner || group !== found.group
  if (moves) await system.setOwner(path, owner, group)
  // chown takes the setuid and setgid bits away: chown(2)
  if (mode !== found.mode || (moves && mode > 0o777)) await system.setMode(path, mode)
}
