import { closeSync, constants, fstatSync, openSync, read, readSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path/posix'
import { hasCode } from './errno.ts'
import { LocalError } from './errors.ts'
import { describeExposure } from './exposure.ts'
import type { Exposure } from './exposure.ts'
import { at, linkTarget, mostLinks, O_PATH, openFolder } from './open-folder.ts'
import type { OpenFolder } from './open-folder.ts'

/**
 * What stands at a name of a folder, held fast without opening it: no device or pipe notices, and whatever takes
 * its place afterwards, this is what was looked at, is read, and gets other attributes.
 */
export interface Entry {
  readonly descriptor: number
  readonly path: string
  readonly stat: Stats
  /** Of its folder. */
  readonly exposure: Exposure | null
}

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants

/** @returns null when nothing has that name */
export function holdEntry(folder: OpenFolder, name: string): Entry | null {
  try {
    const descriptor = openSync(at(folder, name), O_PATH | O_NOFOLLOW)
    const { exposure } = folder
    return { descriptor, path: join(folder.path, name), stat: fstatSync(descriptor), exposure }
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ESRCH')) return null
    throw error
  }
}

/**
 * The same by its path.
 * @param follows a link that is root's, in a folder that nobody else may write
 * @throws LocalError when it would have to follow any other link
 */
export function openEntry(path: string, follows: boolean): Entry | null {
  let place = resolve(path)
  for (let links = 0; links <= mostLinks; links++) {
    const folder = openFolder(dirname(place))
    if (folder === null) return null
    try {
      const target = follows ? linkTarget(folder, basename(place), path) : null
      if (target === null) return holdEntry(folder, basename(place) || '.')
      place = target
    } finally {
      closeSync(folder.descriptor)
    }
  }
  throw new LocalError(`${path}: leads through too many links`)
}

/** The entry itself in a system call. Of a link it is the link, not where it leads. */
export function inHand({ descriptor }: Pick<Entry, 'descriptor'>): string {
  return `/proc/self/fd/${descriptor}`
}

/**
 * Why a file may be another one than its path says: whoever may write to its folder could have given it a second
 * name there. One clause; null: it is none of theirs.
 */
export function findSecondName({ path, stat, exposure }: Entry): string | null {
  if (exposure === null || !stat.isFile() || stat.nlink < 2) return null
  return `${path} has ${stat.nlink} names (hard links), and ${describeExposure(exposure)}, so that it may be a file of others: remove it, or move it out of that folder`
}

/** Bytes, or one clause that says why they are not read. */
export type Reading =
  | { readonly content: Buffer; readonly unread: null }
  | { readonly content: null; readonly unread: string }

/**
 * Reads a file that is held. Only ordinary files are opened, so that nothing waits; what is longer than `limit`
 * is not read to its end.
 * @returns null when it went with its process, as what is below /proc/PID does, also while it is held
 */
export async function readEntry(entry: Entry, limit: number): Promise<Reading | null> {
  const { path, stat } = entry
  const refuse = (unread: string): Reading => ({ content: null, unread })
  if (isNull(stat)) return { content: Buffer.alloc(0), unread: null }
  if (stat.isDirectory()) return refuse(`${path} is a folder (EISDIR)`)
  if (!stat.isFile()) return refuse(`${path} is no ordinary file`)
  const secondName = findSecondName(entry)
  if (secondName !== null) return refuse(secondName)
  const tooLarge = `${path} is longer than ${formatSize(limit)}`
  if (stat.size > limit) return refuse(tooLarge)
  try {
    // Without O_NONBLOCK a lease that its owner holds on it would keep us waiting: fcntl(2), F_SETLEASE
    const file = openSync(inHand(entry), O_RDONLY | O_NONBLOCK)
    try {
      const content = await readUpTo(file, stat.size, limit)
      return content === null ? refuse(tooLarge) : { content, unread: null }
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return null
    if (hasCode(error, 'EAGAIN')) return refuse(`a process keeps ${path} from being read (a lease)`)
    throw error
  }
}

/** Bytes that are read at once, in a tenth of the time that handing them to a thread takes (measured). */
const shortFile = 128 * 1024
/** For a file of the kernel, which has no size before it is read. */
const leastChunk = 4096
const mostChunk = 1024 * 1024

/** @returns null when there is more than `limit` */
async function readUpTo(file: number, size: number, limit: number): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let length = 0
  for (let next = Math.max(size + 1, leastChunk); ; next = Math.min(2 * next, mostChunk)) {
    const chunk = Buffer.allocUnsafe(Math.min(next, limit + 1 - length))
    const isShort = size <= shortFile && length < shortFile
    const count = isShort ? readSync(file, chunk) : await readInThread(file, chunk)
    if (count > 0) chunks.push(chunk.subarray(0, count))
    length += count
    if (length > limit) return null
    // The kernel's own files may come in pieces; of any other, less than asked for is the end
    if (count === 0 || (size > 0 && count < chunk.length)) {
      return chunks.length === 1 ? (chunks[0] ?? null) : Buffer.concat(chunks)
    }
  }
}

function readInThread(file: number, chunk: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    read(file, chunk, 0, chunk.length, null, (error, count) => {
      if (error === null) resolve(count)
      else reject(error)
    })
  })
}

/** /dev/null, by which a unit or a setting is masked, reads as empty: null(4), major 1 and minor 3. */
function isNull(stat: Stats): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0x103
}

/** `64 MiB`, or bytes where it is less than one. */
function formatSize(bytes: number): string {
  return bytes < 2 ** 20 ? `${bytes} bytes` : `${Math.floor(bytes / 2 ** 20)} MiB`
}
