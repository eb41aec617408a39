import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { hashObject } from './objects.ts'
import type { TreeEntry } from './tree.ts'

/** Files that are read at the same time: as many as Node's threads keep busy, few enough for memory. */
const atOnce = 16

/**
 * Whether a folder holds the tree, byte for byte and nothing else. After a power loss, or once somebody
 * has edited a release, it does not.
 */
export async function isWhole(folder: string, entries: readonly TreeEntry[]): Promise<boolean> {
  const wanted = new Map(entries.map((entry) => [entry.path, entry]))
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => null)
  const paths = (names ?? [])
    .filter((name) => !name.isDirectory())
    .map((name) => join(name.parentPath, name.name))
  if (wanted.size === 0 || paths.length !== wanted.size) return false
  for (let start = 0; start < paths.length; start += atOnce) {
    const same = await Promise.all(
      paths.slice(start, start + atOnce).map(async (path) => {
        const entry = wanted.get(path.slice(folder.length + 1))
        return entry !== undefined && (await isSame(path, entry))
      }),
    )
    if (same.includes(false)) return false
  }
  return true
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
