import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { hashObject } from './objects.ts'
import type { TreeEntry } from './tree.ts'

/**
 * Whether a folder holds the tree, byte for byte and nothing else. After a power loss, or once somebody
 * has edited a release, it does not.
 */
export async function isWhole(folder: string, entries: readonly TreeEntry[]): Promise<boolean> {
  const wanted = new Map(entries.map((entry) => [entry.path, entry]))
  let found = 0
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => null)
  if (names === null || entries.length === 0) return false
  for (const name of names) {
    if (name.isDirectory()) continue
    const path = join(name.parentPath, name.name)
    const entry = wanted.get(path.slice(folder.length + 1))
    if (entry === undefined || !(await isSame(path, entry))) return false
    found += 1
  }
  return found === wanted.size
}

async function isSame(path: string, entry: TreeEntry): Promise<boolean> {
  const stat = await lstat(path)
  if (entry.type === 'link') {
    if (!stat.isSymbolicLink()) return false
    return hashObject(await readlink(path, { encoding: 'buffer' }), entry.object) === entry.object
  }
  const mode = entry.type === 'program' ? 0o700 : 0o600
  if (!stat.isFile() || stat.size !== entry.size || (stat.mode & 0o777) !== mode) return false
  return hashObject(await readFile(path), entry.object) === entry.object
}
