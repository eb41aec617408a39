import { dirname, resolve } from 'node:path'
import { commitError, LocalError } from '../../system/errors.ts'
import type { System } from '../../system/system.ts'
import { contentChange } from '../file/content.ts'
import { observePath } from '../file/path-state.ts'
import type { PathState } from '../file/path-state.ts'
import type { FileWrite, Kind } from '../kind.ts'
import { placeOf } from '../schema.ts'
import { editLines, joinLines, longestEdited, splitLines } from './edit.ts'
import { effectsOnPart, lineOwnership } from './ownership.ts'
import { parseLine } from './spec.ts'
import type { LineSpec } from './spec.ts'

/**
 * One line of a file that is not ours as a whole, as Ansible's lineinfile leaves it once it has nothing
 * more to do: the last line that `regexp` matches becomes `line`; where none does and `line` is nowhere
 * yet, it is added. `absent` takes out all matches. A file that exists keeps its mode and owner; those of
 * the task are for a file that `create` makes. A line that we added is owned; one that took the place of
 * another stays when its task goes.
 *
 * Regular expressions are JavaScript's, with `.` and `$` as in Python. What Python has besides is refused:
 * `(?P<name>…)`, `\A`, `\Z`, `{,3}`, a `]` that comes first in brackets, `(?x)` and its like; `(?i)` may stand
 * at the start. Where Ansible matches bytes, `.`, `\s` and `(?i)` here know letters beyond ASCII.
 */
export const lineinfile: Kind<LineSpec, PathState> = {
  name: 'lineinfile',
  parse: parseLine,
  id: ({ path, regexp, line }) => `line in ${path}: ${regexp ?? line}`,
  effects: ({ path, create }) => effectsOnPart(path, create?.mode ?? null),
  observe,

  diff(spec, state) {
    const { stat, content, target, unread } = state
    if (unread !== null) return [contentChange(null, null, unread)]
    if (stat !== null && content === null) {
      const before = target === null ? stat.type : `link to ${target}`
      return [{ field: 'state', before, after: 'file' }]
    }
    const change = { field: 'state', before: null, after: 'file' }
    if (stat === null && spec.state === 'present' && spec.create === null) {
      return [{ ...change, note: 'without "create: true" something else has to make it' }]
    }
    const [write] = writes(spec, state)
    if (!write) return []
    return [...(stat === null ? [change] : []), contentChange(content, write.content)]
  },

  found: (_spec, { stat }) => stat,
  writes,

  async check(spec, place, system) {
    const refusal = refuse(spec, await observe(spec, system))
    if (refusal !== null) throw commitError(placeOf(place, 'path'), refusal)
  },

  async apply(spec, _changes, _state, system) {
    // Observed again: an earlier task may have changed another line of the same file.
    const state = await observe(spec, system)
    const refusal = refuse(spec, state)
    if (refusal !== null) throw new LocalError(refusal)
    if (state.stat === null && spec.state === 'present' && spec.create === null) {
      throw new LocalError(`${spec.path} is absent; add "create: true" to make it`)
    }
    for (const { path, ...file } of writes(spec, state)) await system.writeFile(path, file)
  },

  ownership: lineOwnership,
}

function observe({ path }: LineSpec, system: Pick<System, 'inspect'>): Promise<PathState> {
  return observePath(path, system, longestEdited)
}

type Write = FileWrite & { readonly content: Uint8Array }

function writes(spec: LineSpec, { stat, content }: PathState): readonly Write[] {
  const attributes = stat === null ? spec.create : content && stat
  const before = splitLines(content)
  const after = editLines(before, spec)
  if (attributes === null || after.join('') === before.join('')) return []
  const { mode, owner, group } = attributes
  const { path, validate } = spec
  const file = { path, content: joinLines(after), mode, owner, group }
  return [validate === null ? file : { ...file, validate }]
}

/** A rename would put a file in the place of a link, and what it leads to would stay as it was. */
function refuse({ path }: LineSpec, { stat, target, unread }: PathState): string | null {
  if (unread !== null) return `${unread}; no line of it can be set`
  if (stat === null || stat.type === 'file') return null
  if (target !== null) {
    return `${path} is a link on this node; name ${resolve(dirname(path), target)}, where it leads`
  }
  const found = stat.type === 'directory' ? 'a folder' : 'no ordinary file'
  return `${path} is ${found} on this node; name a file`
}
