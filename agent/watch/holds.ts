import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatHolds, parseHolds } from '../programs/keepalived/hold-file.ts'
import type { Hold, HoldFile } from '../programs/keepalived/hold-file.ts'

/** Who keeps the VIPs away by this file. A file that is not there holds nothing: keepalived reads 0. */
export function readHolds(folder: string, file: HoldFile): readonly Hold[] {
  try {
    return parseHolds(file, readFileSync(join(folder, file), 'utf8'))
  } catch {
    return []
  }
}

/**
 * Sets or takes back what one owner wants of a file, and leaves the others theirs. At once and without
 * waiting: a death must reach keepalived within milliseconds, so that this is synchronous.
 * @param hold null takes it back
 * @returns whether there was anything to write
 * @throws Error when the folder is not there: then keepalived does not track it either
 */
export function setHold(
  folder: string,
  file: HoldFile,
  owner: Hold['owner'],
  hold: Pick<Hold, 'reason' | 'since'> | null,
): boolean {
  const present = readHolds(folder, file)
  const others = present.filter((one) => one.owner !== owner)
  const own = present.find((one) => one.owner === owner)
  if (hold === null ? own === undefined : own?.reason === hold.reason) return false
  const { reason = '', since = '' } = hold ?? {}
  const holds = hold === null ? others : [...others, { file, owner, reason, since }]
  // keepalived hears of a rename, and never reads half a file
  const temporary = join(folder, `.${file}.new`)
  writeFileSync(temporary, formatHolds(file, holds))
  // For anybody to read, whatever our umask is
  chmodSync(temporary, 0o644)
  renameSync(temporary, join(folder, file))
  return true
}
