import * as v from 'valibot'
import { commitError, LocalError } from '../../system/errors.ts'
import type { FileStat } from '../../system/system.ts'
import { noEffects } from '../effects.ts'
import type { Change, FileWrite, Kind } from '../kind.ts'
import { mode, ownerName, path, validator } from '../parameter.ts'
import { parseParameters, placeOf } from '../schema.ts'
import { diffAttributes } from './attributes.ts'
import { contentChange, isSameContent } from './content.ts'
import { observePath } from './path-state.ts'
import type { PathState } from './path-state.ts'

/** A file with a content of ours. */
export interface CopySpec {
  readonly dest: string
  readonly content: Uint8Array
  readonly mode: number
  readonly owner: string
  readonly group: string
  readonly validate: readonly string[] | null
}

const parameters = v.strictObject({
  dest: path,
  content: v.optional(v.union([v.string(), v.instance(Uint8Array)])),
  /** Read or rendered before, and here only so that its name is known. */
  src: v.optional(v.string()),
  owner: v.optional(ownerName, 'root'),
  group: v.optional(ownerName, 'root'),
  mode: v.optional(mode, '0644'),
  validate: v.optional(validator),
})

/** Bytes of a longer file that are read nevertheless, to show what has been added: 1 MiB. */
const shown = 2 ** 20

/**
 * A file with given content. A link at `dest` is replaced by a file; a folder is refused. Parents that are
 * missing are created.
 */
export const copy = {
  name: 'copy',
  source: 'files',

  parse(raw, place) {
    const { dest, content, owner, group, mode, validate } = parseParameters(parameters, raw, place)
    if (content === undefined) throw commitError(place, 'missing content; give src or content')
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
    return { dest, content: bytes, owner, group, mode, validate: validate ?? null }
  },

  id: (spec) => `file ${spec.dest}`,

  effects: ({ dest, content, mode }) => ({
    ...noEffects,
    files: [{ path: dest, becomes: 'file', content, mode }],
  }),

  observe: ({ dest, content }, system) => observePath(dest, system, content.length + shown),
  diff,
  found: (_spec, { stat }) => stat,

  writes(spec, state): readonly FileWrite[] {
    if (!needsWrite(diff(spec, state))) return []
    const { dest, content, mode, owner, group, validate } = spec
    return [{ path: dest, content, mode, owner, group, ...(validate && { validate }) }]
  },

  async check(spec, place, system) {
    const refusal = refuse(spec, await system.stat(spec.dest))
    if (refusal !== null) throw commitError(placeOf(place, 'dest'), refusal)
  },

  async apply(spec, changes, state, system) {
    const refusal = refuse(spec, state.stat)
    if (refusal !== null) throw new LocalError(refusal)
    const { dest, content, mode, owner, group } = spec
    const file = { content, mode, owner, group }
    if (needsWrite(changes) || state.stat === null) return system.writeFile(dest, file)
    const unchanged = await system.setAttributes(dest, spec, { type: 'file', content })
    // A new file with the old one's time: no service counts as outdated
    if (unchanged !== null) await system.writeFile(dest, { ...file, mtime: state.stat.mtime })
  },

  ownership: {
    kind: 'copy',
    owned: (spec, { stat }) => (stat === null ? [{ name: spec.dest, before: null }] : []),
    claims: (spec) => [spec.dest],

    async removal({ name }, system) {
      const { stat, content, unread } = await observePath(name, system, shown)
      if (stat?.type !== 'file') return []
      return [{ field: 'state', before: 'file', after: null }, contentChange(content, null, unread)]
    },

    remove: ({ name }, system) => system.remove(name),

    effects: ({ name }) => ({
      ...noEffects,
      files: [{ path: name, becomes: 'absent', content: null, mode: null }],
    }),
  },

  rollback: { touches: (spec) => [spec.dest] },
} satisfies Kind<CopySpec, PathState>

/** The same with a content that was rendered: a file that changes from one to the other stays one thing. */
export const template: Kind<CopySpec, PathState> = { ...copy, source: 'templates' }

function diff(spec: CopySpec, state: PathState): readonly Change[] {
  const { stat, content, unread } = state
  if (stat?.type !== 'file') return [stateChange(state), contentChange(null, spec.content)]
  const isSame = content !== null && isSameContent(content, spec.content)
  const change = isSame ? [] : [contentChange(content, spec.content, unread)]
  return [...change, ...diffAttributes(spec, stat)]
}

function stateChange({ stat, target }: PathState): Change {
  const change = { field: 'state', after: 'file' }
  if (stat === null) return { ...change, before: null }
  if (stat.type !== 'link') return { ...change, before: stat.type }
  return { ...change, before: `link to ${target}`, note: 'the link is replaced by a file' }
}

function needsWrite(changes: readonly Change[]): boolean {
  return changes.some((change) => change.field === 'state' || change.field === 'content')
}

function refuse(spec: CopySpec, stat: FileStat | null): string | null {
  if (stat === null || stat.type === 'file' || stat.type === 'link') return null
  const found = stat.type === 'directory' ? 'a folder' : 'no ordinary file'
  return `${spec.dest} is ${found} on this node; move it away, or change dest`
}
