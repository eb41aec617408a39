import { join } from 'node:path'
import { warnAt } from '../diagnostics/warning.ts'
import type { Warning } from '../diagnostics/warning.ts'
import { CommitError } from '../system/errors.ts'
import type { Problem } from '../system/errors.ts'
import type { System } from '../system/system.ts'
import { readYaml } from '../yaml/yaml.ts'
import type { Sourced } from '../yaml/yaml.ts'
import type { Variable, Vars } from './inventory.ts'
import { entriesOf, variableAt } from './variable.ts'

/** The part of the machine that an inventory is read through. */
export type Files = Pick<System, 'readFile' | 'list' | 'stat'>

/** Variables by the name of their group or host. */
export interface VarsFiles {
  readonly vars: ReadonlyMap<string, Vars>
  readonly problems: readonly Problem[]
  readonly warnings: readonly Warning[]
}

/** Tried in this order; the first that exists is the only one that Ansible reads. */
const endings = ['', '.yml', '.yaml', '.json']

/**
 * Reads group_vars/ or host_vars/: for each name a file, or a folder whose files are read in order of their
 * names, folders within it included; later files win.
 * @param folder absolute
 * @param shown the folder as places show it
 * @param kind what the names are, for warnings
 */
export async function readVarsFiles(
  folder: string,
  shown: string,
  kind: 'group' | 'host',
  names: Iterable<string>,
  files: Files,
): Promise<VarsFiles> {
  const present = new Set(((await files.list(folder)) ?? []).filter(isRead))
  const problems: Problem[] = []
  const warnings: Warning[] = []
  const vars = new Map<string, Vars>()
  const reads = [...names].map(async (name): Promise<void> => {
    const [first, ...others] = endings
      .map((ending) => name + ending)
      .filter((it) => present.has(it))
    for (const it of [first, ...others]) if (it !== undefined) present.delete(it)
    for (const other of others) {
      const message = `not read, since ${join(shown, first ?? '')} is there: move it into a folder ${name}/`
      warnings.push(ignored(join(shown, other), message))
    }
    if (first !== undefined) vars.set(name, await readAll(first))
  })
  await Promise.all(reads)
  for (const name of present) {
    const message = `not read: the inventory has no ${kind} of that name`
    warnings.push(ignored(join(shown, name), message))
  }
  return { vars, problems: problems.toSorted(byFile), warnings: warnings.toSorted(byFile) }

  async function readAll(name: string): Promise<Vars> {
    const merged = new Map<string, Variable>()
    const found = (await isFolder(join(folder, name), files)) ? await filesBelow(name) : [name]
    for (const file of found) {
      for (const [key, variable] of await readVarsFile(file)) merged.set(key, variable)
    }
    return merged
  }

  /** Relative names. A folder with a dot in its name is skipped, as Ansible does. */
  async function filesBelow(name: string): Promise<readonly string[]> {
    const found: string[] = []
    for (const entry of ((await files.list(join(folder, name))) ?? []).filter(isRead)) {
      const inner = join(name, entry)
      const ending = /.(\.[^.]*)$/.exec(entry)?.[1] ?? ''
      const isInnerFolder = await isFolder(join(folder, inner), files)
      if (isInnerFolder && ending === '') found.push(...(await filesBelow(inner)))
      else if (!isInnerFolder && endings.includes(ending)) found.push(inner)
    }
    return found
  }

  async function readVarsFile(name: string): Promise<readonly (readonly [string, Variable])[]> {
    const source = await readSource(join(folder, name), join(shown, name), files, problems)
    if (source === null) return []
    const entries = entriesOf(source.value)
    if (entries === undefined) {
      problems.push({ place: source.place([]), message: 'expected variables: name: value' })
    }
    return (entries ?? []).map(([key, value]) => [key, variableAt(source, [key], value)])
  }
}

/** Reads a YAML file; what is wrong with it goes to `problems`. */
export async function readSource(
  path: string,
  shown: string,
  files: Files,
  problems: Problem[],
): Promise<Sourced | null> {
  const content = await files.readFile(path)
  if (content === null) return null
  const text = decode(content)
  if (text === null) {
    problems.push({ place: { file: shown }, message: 'not UTF-8 text' })
    return null
  }
  try {
    return readYaml(text, shown)
  } catch (error) {
    if (!(error instanceof CommitError)) throw error
    problems.push(...error.problems)
    return null
  }
}

function decode(content: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    return null
  }
}

/** Something that an operator may take for a part of the inventory. */
export function ignored(file: string, message: string): Warning {
  return warnAt('inventory-file-ignored', { place: { file }, message })
}

/** Files are read side by side: problems arrive in any order. */
function byFile(a: Pick<Warning, 'place'>, b: Pick<Warning, 'place'>): number {
  const [one = '', two = ''] = [a.place?.file, b.place?.file]
  return one === two ? 0 : one < two ? -1 : 1
}

async function isFolder(path: string, files: Files): Promise<boolean> {
  const stat = await files.stat(path)
  // stat does not follow links; list does.
  return stat?.type === 'directory' || (stat?.type === 'link' && (await files.list(path)) !== null)
}

/** Ansible skips hidden files and backups; a README is for people. */
export function isRead(name: string): boolean {
  return (
    !name.startsWith('.') && !name.endsWith('~') && !/^readme(?:\.(?:md|txt|rst))?$/i.test(name)
  )
}
