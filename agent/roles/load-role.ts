import { join } from 'node:path'
import type { Vars } from '../inventory/inventory.ts'
import { commitError } from '../system/errors.ts'
import type { Place } from '../system/errors.ts'
import type { System } from '../system/system.ts'
import { nearest } from '../yaml/nearest.ts'
import { readYaml } from '../yaml/yaml.ts'
import type { Sourced } from '../yaml/yaml.ts'
import { parseArgumentSpec } from './argument-spec.ts'
import type { Role } from './role.ts'

type Files = Pick<System, 'readFile' | 'list' | 'stat'>

/** Where roles are looked for. */
export interface RoleFolders {
  /** Of the config repo, the first wins: they shadow the built-in role of the same name. */
  readonly own: readonly string[]
  readonly builtIn: string
}

/** Reads a role by its name. `asked` is the place that asks for it. */
export type LoadRole = (name: string, asked: Place) => Promise<Role>

/**
 * Built-in roles by name. They are a part of the program, so that a process may keep them, with all that was
 * compiled of them: that is four fifths of what a new commit takes to render.
 */
export type BuiltInRoles = Map<string, { readonly role: Role; left: number }>

/** Loaders that a built-in role is kept for: each rendering leaves some 8 KB behind in what was compiled (measured). */
const longestKept = 100

/**
 * Reads each role once, however many hosts have it.
 * @param kept of loaders before this one. Default: none
 */
export function createRoleLoader(
  folders: RoleFolders,
  files: Files,
  kept: BuiltInRoles = new Map(),
): LoadRole {
  const loaded = new Map<string, Promise<Role>>()
  return (name, asked) => {
    const role = loaded.get(name) ?? loadRole(name, asked, folders, files, kept)
    loaded.set(name, role)
    return role
  }
}

/**
 * Reads a role from disk.
 * @throws CommitError when there is no such role or one of its YAML files is broken
 */
export async function loadRole(
  name: string,
  asked: Place,
  folders: RoleFolders,
  files: Files,
  kept: BuiltInRoles = new Map(),
): Promise<Role> {
  if (!/^\w[\w-]*$/.test(name)) throw commitError(asked, `"${name}" is no name of a role`)
  const found = await findRole(name, folders, files)
  if (found === null) {
    const lists = await Promise.all([...folders.own, folders.builtIn].map((one) => files.list(one)))
    const known = lists.flatMap((list) => list ?? [])
    throw commitError(asked, `no role "${name}"${nearest(name, known)}`)
  }
  const { folder } = found
  const isOwn = !found.isBuiltIn
  const known = isOwn ? undefined : kept.get(name)
  if (known !== undefined && known.left-- > 0) return known.role
  // What a person sees: a place in their repo, or one that says the file is not theirs.
  const shown = `${isOwn ? '' : 'built-in '}roles/${name}`
  const yaml = async (part: string): Promise<Sourced> => {
    for (const ending of ['yml', 'yaml']) {
      const content = await files.readFile(join(folder, part, `main.${ending}`))
      if (content !== null) return readYaml(text(content), `${shown}/${part}/main.${ending}`)
    }
    return readYaml('', `${shown}/${part}/main.yml`)
  }
  const templates = await readAll(join(folder, 'templates'), files)
  const contents = await readAll(join(folder, 'files'), files)
  const spec = await files.readFile(join(folder, 'meta/argument_specs.yml'))
  const role: Role = {
    name,
    isBuiltIn: !isOwn,
    defaults: toVars(await yaml('defaults')),
    vars: toVars(await yaml('vars')),
    options: spec && parseArgumentSpec(readYaml(text(spec), `${shown}/meta/argument_specs.yml`)),
    tasks: await yaml('tasks'),
    handlers: await yaml('handlers'),
    templates: (wanted) => {
      const file = templates.has(wanted) ? wanted : `${wanted}.hbs`
      const content = templates.get(file)
      return content ? { text: text(content), file: `${shown}/templates/${file}` } : null
    },
    files: (wanted) => contents.get(wanted) ?? null,
  }
  if (!isOwn) kept.set(name, { role, left: longestKept })
  return role
}

async function findRole(
  name: string,
  folders: RoleFolders,
  files: Files,
): Promise<{ readonly folder: string; readonly isBuiltIn: boolean } | null> {
  for (const root of [...folders.own, folders.builtIn]) {
    const folder = join(root, name)
    if ((await files.list(folder)) !== null) return { folder, isBuiltIn: root === folders.builtIn }
  }
  return null
}

/** Every file below a folder by its relative name. */
async function readAll(folder: string, files: Files): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>()
  const walk = async (relative: string): Promise<void> => {
    for (const name of (await files.list(join(folder, relative))) ?? []) {
      const inner = join(relative, name)
      const type = (await files.stat(join(folder, inner)))?.type
      if (type === 'directory') await walk(inner)
      const content = type === 'directory' ? null : await files.readFile(join(folder, inner))
      if (content !== null) found.set(inner, content)
    }
  }
  await walk('')
  return found
}

function toVars(source: Sourced): Vars {
  if (source.value === null) return new Map()
  if (typeof source.value !== 'object' || Array.isArray(source.value)) {
    throw commitError(source.place([]), 'expected a map of variables')
  }
  return new Map(
    Object.entries(source.value).map(([name, value]) => [
      name,
      { value: value as unknown, place: (path) => source.place([name, ...path]) },
    ]),
  )
}

function text(content: Uint8Array): string {
  return new TextDecoder().decode(content)
}
