import { constants } from 'node:fs'
import * as fs from 'node:fs/promises'
import { hasCode } from './errno.ts'
import { commitError } from './errors.ts'
import { toStat } from './file-stat.ts'
import type { System } from './system.ts'

/** The part of the machine that a config repo is read through. */
export type TreeFiles = Pick<System, 'readFile' | 'list' | 'stat'>

/**
 * Reads a config repo, with whatever links it has. Whoever can write there decides what root does on this node
 * anyway: other than in the folders of the node ({@link System}), a link can't lead to anything that is not
 * theirs already.
 */
export const treeFiles: TreeFiles = {
  stat: async (path) => {
    const found = await unlessAbsent(fs.lstat(path))
    return found && toStat(found)
  },
  readFile: (path) => unlessAbsent(readOrdinary(path)),
  list: async (path) => (await unlessAbsent(fs.readdir(path)))?.sort() ?? null,
}

/** Bytes: as much as a whole release may have. */
const largest = 256 * 2 ** 20

/**
 * A link may lead to anything: a pipe would never be read to its end, nor would /dev/zero.
 * @throws CommitError for what is no ordinary file
 */
async function readOrdinary(path: string): Promise<Uint8Array> {
  const before = await fs.stat(path)
  if (before.isDirectory()) return fs.readFile(path)
  // Something else may be there by now: a pipe that nobody writes to is not waited for
  const file = before.isFile()
    ? await fs.open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    : null
  try {
    const found = (await file?.stat()) ?? before
    if (file === null || !found.isFile()) {
      throw commitError(
        { file: path },
        'is a pipe, a device or a socket, or a link to one: put a file there',
      )
    }
    if (found.size > largest) {
      throw commitError(
        { file: path },
        `has more than ${largest / 2 ** 20} MiB, or is a link to such a file`,
      )
    }
    return await file.readFile()
  } finally {
    await file?.close()
  }
}

async function unlessAbsent<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return null
    throw error
  }
}
