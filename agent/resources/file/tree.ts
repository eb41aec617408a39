import type { FileStat, System } from '../../system/system.ts'

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
