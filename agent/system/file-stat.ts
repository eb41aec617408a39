import type { Stats } from 'node:fs'
import { groups, users } from './names.ts'
import type { FileStat } from './system.ts'

/** What stat(2) says, in the words that kinds use. */
export function toStat(found: Stats): FileStat {
  return {
    type: typeOf(found),
    mode: found.mode & 0o7777,
    owner: users().name(found.uid),
    group: groups().name(found.gid),
    size: found.size,
    mtime: found.mtimeMs,
  }
}

function typeOf(found: Stats): FileStat['type'] {
  if (found.isFile()) return 'file'
  if (found.isDirectory()) return 'directory'
  return found.isSymbolicLink() ? 'link' : 'other'
}
