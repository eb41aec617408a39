import { closeSync, constants } from 'node:fs'
import * as fs from 'node:fs/promises'
import { holdEntry, inHand } from './entry.ts'
import { LocalError } from './errors.ts'
import { at } from './open-folder.ts'
import type { OpenFolder } from './open-folder.ts'
import { temporaryName } from './temporary-name.ts'

/** Owner and group by number. */
export interface Ids {
  readonly uid: number
  readonly gid: number
}

/**
 * Puts a file in place. It is whole or not there, after a crash too: temporary file, owner, mode, fsync, rename,
 * fsync of the folder. What has that name already is not written to, whatever it is.
 * @param file with `mtime` in milliseconds; default: now
 */
export async function replaceFile(
  folder: OpenFolder,
  name: string,
  file: Ids & { readonly content: Uint8Array; readonly mode: number; readonly mtime?: number },
): Promise<void> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
  await replace(folder, name, async (temporary) => {
    const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
    const handle = await fs.open(at(folder, temporary), flags, 0o600)
    try {
      await handle.writeFile(file.content)
      await handle.chown(file.uid, file.gid)
      await handle.chmod(file.mode)
      if (file.mtime !== undefined) await handle.utimes(new Date(), file.mtime / 1000)
      await handle.sync()
    } finally {
      await handle.close()
    }
  })
  await syncFolder(folder)
}

/**
 * Puts a link in place of a file, another link or nothing.
 * @param ids null: those of this process
 */
export async function replaceLink(
  folder: OpenFolder,
  name: string,
  target: string,
  ids: Ids | null,
): Promise<void> {
  await replace(folder, name, async (temporary) => {
    await fs.symlink(target, at(folder, temporary))
    if (ids !== null) await giveLink(folder, temporary, ids)
  })
}

/** By now the name may stand for another thing, which is not to be given away. */
async function giveLink(folder: OpenFolder, name: string, { uid, gid }: Ids): Promise<void> {
  const link = holdEntry(folder, name)
  try {
    if (link?.stat.isSymbolicLink() !== true || link.stat.nlink > 1) {
      throw new LocalError(`${folder.path}/${name} was replaced before it could have its owner`)
    }
    await fs.chown(inHand(link), uid, gid)
  } finally {
    if (link !== null) closeSync(link.descriptor)
  }
}

async function replace(
  folder: OpenFolder,
  name: string,
  make: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = temporaryName(name)
  try {
    await make(temporary)
    await fs.rename(at(folder, temporary), at(folder, name))
  } catch (error) {
    await fs.unlink(at(folder, temporary)).catch(() => {})
    throw error
  }
}

/** What happened to names in the folder is on the disk then. */
export async function syncFolder(folder: OpenFolder): Promise<void> {
  const handle = await fs.open(at(folder), constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
