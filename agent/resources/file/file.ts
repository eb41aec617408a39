import { commitError, LocalError } from '../../system/errors.ts'
import type { FileStat, System } from '../../system/system.ts'
import { noEffects } from '../effects.ts'
import type { FileWrite, Kind } from '../kind.ts'
import { placeOf } from '../schema.ts'
import { diffAttributes } from './attributes.ts'
import { parseFile } from './spec.ts'
import type { FileSpec } from './spec.ts'
import { listTree } from './tree.ts'
import type { TreeEntry } from './tree.ts'

export interface FileState {
  readonly stat: FileStat | null
  readonly target: string | null
  /** What a folder that is to go away holds, the deepest first. */
  readonly tree: readonly TreeEntry[]
}

/**
 * A folder, a link, the permissions of a file that something else creates, or a path that is to be
 * absent. Unlike Ansible, `absent` removes a folder that is not empty with `force: true` only.
 * Owned are links that we made: an empty folder harms nobody, and others may have come to use it.
 */
export const file: Kind<FileSpec, FileState> = {
  name: 'file',
  parse: parseFile,
  id: (spec) => `file ${spec.path}`,

  effects: ({ path, state, mode = null }) => ({
    ...noEffects,
    files: [{ path, becomes: state, content: null, mode }],
  }),

  observe,

  diff(spec, { stat, target, tree }) {
    const before = stat?.type === 'link' ? `link to ${target}` : (stat?.type ?? null)
    if (spec.state === 'absent') {
      if (stat === null) return []
      const note = tree.length === 0 ? {} : { note: 'with all that it holds' }
      return [{ field: 'state', before, after: null, ...note }]
    }
    const after = spec.state === 'link' ? `link to ${spec.src}` : spec.state
    if (before !== after) return [{ field: 'state', before, after }]
    return stat === null || spec.state === 'link' ? [] : diffAttributes(spec, stat)
  },

  found: (_spec, { stat }) => stat,

  writes(spec, { stat, tree }): readonly FileWrite[] {
    if (spec.state !== 'absent' || stat === null) return []
    const below = tree.filter((entry) => entry.type !== 'directory').map((entry) => entry.path)
    const paths = stat.type === 'directory' ? below : [spec.path]
    const absent = { content: null, mode: 0, owner: 'root', group: 'root' }
    return paths.map((path) => ({ path, ...absent }))
  },

  async check(spec, place, system) {
    const refusal = refuse(spec, await observe(spec, system))
    if (refusal !== null) throw commitError(placeOf(place, 'path'), refusal)
  },

  async apply(spec, _changes, state, system) {
    const refusal = refuse(spec, state)
    if (refusal !== null) throw new LocalError(refusal)
    if (spec.state === 'absent') {
      for (const entry of state.tree) await system.remove(entry.path)
      await system.remove(spec.path)
    } else if (spec.state === 'link') {
      await system.makeLink(spec.path, spec.src ?? '')
    } else if (state.stat !== null) {
      const refusal = await system.setAttributes(spec.path, spec, { type: spec.state })
      if (refusal !== null) throw new LocalError(refusal)
    } else if (spec.state === 'directory') {
      await system.makeFolder(spec.path, spec)
    } else {
      throw new LocalError(
        `${spec.path} is absent, and "state: file" creates nothing; use copy to create it`,
      )
    }
  },

  ownership: {
    kind: 'file',
    owned: (spec, { stat }) =>
      spec.state === 'link' && stat === null ? [{ name: spec.path, before: null }] : [],
    claims: (spec) => (spec.state === 'link' ? [spec.path] : []),

    async removal({ name }, system) {
      const target = await system.readLink(name)
      return target === null ? [] : [{ field: 'state', before: `link to ${target}`, after: null }]
    },

    remove: ({ name }, system) => system.remove(name),

    effects: ({ name }) => ({
      ...noEffects,
      files: [{ path: name, becomes: 'absent', content: null, mode: null }],
    }),
  },

  rollback: {
    touches: (spec, { tree }) => [...tree.map((entry) => entry.path), spec.path],
  },
}

async function observe(spec: FileSpec, system: System): Promise<FileState> {
  // What a file holds is of no interest
  const found = await system.inspect(spec.path, { limit: 0 })
  const { stat = null, target = null } = found ?? {}
  const isDoomed = spec.state === 'absent' && stat?.type === 'directory'
  return {
    stat,
    target,
    tree: isDoomed ? await listTree(spec.path, spec.force, system) : [],
  }
}

/** What we don't replace or remove, since somebody may need it: one clause, or null. */
function refuse(spec: FileSpec, { stat, target, tree }: FileState): string | null {
  if (stat === null) return null
  if (spec.state === 'absent') {
    if (tree.length === 0 || spec.force) return null
    return `${spec.path} still holds ${tree[0]?.path}; empty it, or add "force: true" to remove all of it`
  }
  if (stat.type === spec.state) return null
  const found = `${spec.path} is ${inWords[stat.type]} on this node; move it away`
  if (spec.state === 'link') {
    if (stat.type !== 'file') return found
    return spec.force ? null : `${found}, or add "force: true" to replace it`
  }
  if (stat.type === 'directory') return `${found}, or write "state: directory"`
  return stat.type === 'link' ? `${found}, or name ${target}, where it leads` : found
}

const inWords = {
  file: 'a file',
  directory: 'a folder',
  link: 'a link',
  other: 'a device, pipe or socket',
} as const
