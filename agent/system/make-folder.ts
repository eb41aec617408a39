import { closeSync } from 'node:fs'
import * as fs from 'node:fs/promises'
import { basename, dirname } from 'node:path/posix'
import { hasCode } from './errno.ts'
import { LocalError } from './errors.ts'
import { at, enter, openFolder } from './open-folder.ts'
import type { OpenFolder } from './open-folder.ts'

/**
 * Opens a folder, to be closed by its descriptor, and makes it and those above it where they are missing:
 * root's, with mode 0755 whatever the umask is.
 */
export async function openOrMakeFolder(path: string): Promise<OpenFolder> {
  const found = openFolder(path)
  if (found !== null) return found
  const parent = await openOrMakeFolder(dirname(path))
  try {
    const name = basename(path)
    const isMade = await make(parent, name)
    const folder = enter(parent, name)
    if (folder === null) throw new LocalError(`${path} is there, and is no folder`)
    if (isMade) await claim(folder)
    return folder
  } finally {
    closeSync(parent.descriptor)
  }
}

/** @returns whether it was missing */
async function make(parent: OpenFolder, name: string): Promise<boolean> {
  try {
    await fs.mkdir(at(parent, name), 0o755)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

async function claim(folder: OpenFolder): Promise<void> {
  try {
    if (process.geteuid?.() === 0) await fs.chown(at(folder), 0, 0)
    await fs.chmod(at(folder), 0o755)
  } catch (error) {
    closeSync(folder.descriptor)
    throw error
  }
}
