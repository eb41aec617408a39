import { dirname } from 'node:path/posix'
import type { FileStat, System } from '../../system/system.ts'
import type { Attributes } from './attributes.ts'

/** Makes a folder and its missing parents. What is left out of the attributes is 0755 root; so are parents. */
export async function makeFolders(
  path: string,
  attributes: Attributes,
  system: Pick<System, 'stat' | 'makeFolder' | 'setMode' | 'setOwner'>,
): Promise<void> {
  const parent = dirname(path)
  if ((await system.stat(parent)) === null) await makeFolders(parent, {}, system)
  await system.makeFolder(path)
  await system.setOwner(path, attributes.owner ?? 'root', attributes.group ?? 'root')
  await system.setMode(path, attributes.mode ?? 0o755)
}

/** Something below a folder. */
export interface TreeEntry {
  readonly path: string
  readonly type: FileStat['type']
}

/** What a folder holds, the deepest first, so that it can be removed in this order. Links are not followed. */
export async function listTree(
  folder: string,
  deep: boolean,
  system: Pick<System, 'list' | 'stat'>,
): Promise<readonly TreeEntry[]> {
  const entries: TreeEntry[] = []
  for (const name of (await system.list(folder)) ?? []) {
    const path = `${folder}/${name}`
    const type = (await system.stat(path))?.type
    if (type === undefined) continue
    if (deep && type === 'directory') entries.push(...(await listTree(path, deep, system)))
    entries.push({ path, type })
  }
  return entries
}
