import type { Attributes, FileStat } from '../../system/system.ts'
import type { Change } from '../kind.ts'
import { formatMode } from './mode.ts'

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
