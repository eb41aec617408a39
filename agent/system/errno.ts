import { messageOf } from './errors.ts'

/**
 * What no commit can be blamed for: a full or broken disk, and too little of anything else. Each with words
 * for the person who must mend it; null: those of the system will do.
 */
const faults: ReadonlyMap<string, string | null> = new Map([
  ['ENOSPC', 'the disk is full (ENOSPC; "df -h" and "df -i" show where)'],
  ['EDQUOT', 'the disk quota is used up (EDQUOT)'],
  ['EROFS', 'the file system is read-only (EROFS; a disk that fails becomes so, see "dmesg")'],
  ['EIO', 'the disk fails (EIO; see "dmesg")'],
  ['ENOMEM', null],
  ['EMFILE', null],
  ['ENFILE', null],
  ['EAGAIN', null],
])

/** Whether a system call failed through a fault of this node, whatever it was asked to do. */
export function isNodeFault(error: Error): boolean {
  return 'code' in error && faults.has(String(error.code))
}

/** What went wrong, for a person: the words of the system, and better ones where we have some. */
export function explainErrno(error: unknown): string {
  const isKnown = error instanceof Error && 'code' in error
  return (isKnown ? faults.get(String(error.code)) : null) ?? messageOf(error)
}

/** Whether a system call failed with one of these codes, such as `ENOENT`. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}
