import * as fs from 'node:fs/promises'
import { hasCode } from './errno.ts'
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
  readFile: (path) => unlessAbsent(fs.readFile(path)),
  list: async (path) => (await unlessAbsent(fs.readdir(path)))?.sort() ?? null,
}

async function unlessAbsent<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return null
    throw error
  }
}
