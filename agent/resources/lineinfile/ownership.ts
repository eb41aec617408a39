import { LocalError } from '../../system/errors.ts'
import type { FileStat, System } from '../../system/system.ts'
import { noEffects } from '../effects.ts'
import type { Effects } from '../effects.ts'
import { contentChange } from '../file/content.ts'
import { observePath } from '../file/path-state.ts'
import type { PathState } from '../file/path-state.ts'
import type { Change, OwnedThing, Ownership } from '../kind.ts'
import { findLine, joinLines, longestEdited, splitLines, withoutLine } from './edit.ts'
import type { LineSpec } from './spec.ts'

/** A line that we added, and with it the file that was made for it. */
export const lineOwnership: Ownership<LineSpec, PathState> = {
  kind: 'lineinfile',

  owned(spec, { stat, content }) {
    const isAdded = spec.state === 'present' && findLine(splitLines(content), spec) === -1
    const wasAbsent = stat === null && spec.create !== null
    return isAdded ? [{ name: nameOwnedLine(spec), before: wasAbsent ? null : 'file' }] : []
  },

  claims: (spec) => (spec.state === 'present' ? [nameOwnedLine(spec)] : []),
  removal,
  remove,
  effects: (owned) => effectsOnPart(split(owned).path, null),
}

/** Of a task that decides on a part of a file. */
export function effectsOnPart(path: string, mode: number | null): Effects {
  return { ...noEffects, files: [{ path, becomes: 'file', content: null, mode }] }
}

/** A line is owned by its text, whatever regexp finds it. */
function nameOwnedLine({ path, line }: LineSpec): string {
  return `in ${path}: ${line}`
}

function split({ name }: OwnedThing): { readonly path: string; readonly line: string } {
  const [, path = '', line = ''] = /^in (.*?): (.*)$/s.exec(name) ?? []
  return { path, line }
}

/** What taking back a line, or the file that was made for it, would change. */
async function removal(owned: OwnedThing, system: System): Promise<readonly Change[]> {
  const found = await planRemoval(owned, system)
  if (found === null) return []
  const { stat, content, left } = found
  if (left !== null) return [contentChange(content, left)]
  return [{ field: 'state', before: stat.type, after: null }, contentChange(content, null)]
}

/** Carries out what `removal` says. */
async function remove(owned: OwnedThing, system: System): Promise<void> {
  const found = await planRemoval(owned, system)
  if (found === null) return
  const { path, stat, left } = found
  if (left === null) return system.remove(path)
  const { mode, owner, group } = stat
  await system.writeFile(path, { content: left, mode, owner, group })
}

interface RemovalPlan {
  readonly path: string
  readonly stat: FileStat
  readonly content: Uint8Array
  /** null when the file goes: we made it, and nothing else is in it. */
  readonly left: Uint8Array | null
}

/** null when the line is gone already. */
async function planRemoval(owned: OwnedThing, system: System): Promise<RemovalPlan | null> {
  const { path, line } = split(owned)
  const { stat, content, unread } = await observePath(path, system, longestEdited)
  if (unread !== null) throw new LocalError(`${unread}; "${line}" can't be taken out of it`)
  if (stat === null || content === null) return null
  const lines = splitLines(content)
  const left = withoutLine(lines, line)
  if (left.length === lines.length) return null
  const isOurs = owned.before === null && left.length === 0
  return { path, stat, content, left: isOurs ? null : joinLines(left) }
}
