import { constants } from 'node:fs'
import * as fs from 'node:fs/promises'
import { dirname } from 'node:path'
import { explainErrno } from './errno.ts'
import { LocalError } from './errors.ts'
import { createNameTable } from './names.ts'
import type { FileContent, FileStat, System } from './system.ts'
import { temporaryName } from './temporary-name.ts'

type FileFunctions = Pick<
  System,
  | 'stat'
  | 'readFile'
  | 'list'
  | 'readLink'
  | 'writeFile'
  | 'setMode'
  | 'setOwner'
  | 'makeFolder'
  | 'makeLink'
  | 'remove'
  | 'writeKernel'
>

/** The file half of {@link System}, on the real disk. */
export function createFiles(): FileFunctions {
  const users = createNameTable('/etc/passwd')
  const groups = createNameTable('/etc/group')

  async function ids(path: string, owner: string, group: string): Promise<[number, number]> {
    const uid = (await users()).id(owner)
    const gid = (await groups()).id(group)
    if (uid === undefined) throw new LocalError(`${path}: there is no user "${owner}" on this node`)
    if (gid === undefined)
      throw new LocalError(`${path}: there is no group "${group}" on this node`)
    return [uid, gid]
  }

  return {
    async stat(path) {
      const found = await absent(fs.lstat(path))
      if (found === null) return null
      return {
        type: typeOf(found),
        mode: found.mode & 0o7777,
        owner: (await users()).name(found.uid),
        group: (await groups()).name(found.gid),
        size: found.size,
        mtime: found.mtimeMs,
      }
    },
    readFile: (path) => absent(fs.readFile(path)),
    async list(path) {
      return (await absent(fs.readdir(path)))?.sort() ?? null
    },
    async readLink(path) {
      try {
        return await fs.readlink(path)
      } catch (error) {
        if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EINVAL', 'ESRCH')) return null
        throw error
      }
    },
    async writeFile(path, file) {
      const [uid, gid] = await ids(path, file.owner, file.group)
      await fs.mkdir(dirname(path), { recursive: true })
      await replace(path, file, uid, gid)
    },
    setMode: (path, mode) => fs.chmod(path, mode),
    async setOwner(path, owner, group) {
      const [uid, gid] = await ids(path, owner, group)
      await fs.lchown(path, uid, gid)
    },
    async makeFolder(path) {
      await fs.mkdir(path, { recursive: true })
    },
    async makeLink(path, target) {
      await fs.mkdir(dirname(path), { recursive: true })
      const temporary = temporaryName(path)
      await fs.symlink(target, temporary)
      await fs.rename(temporary, path)
    },
    async remove(path) {
      const found = await absent(fs.lstat(path))
      if (found === null) return
      await (found.isDirectory() ? fs.rmdir(path) : fs.unlink(path))
      await syncFolder(dirname(path))
    },
    async writeKernel(path, value) {
      try {
        await fs.writeFile(path, value)
      } catch (error) {
        throw new LocalError(`${path}: ${(error as Error).message}`, { cause: error })
      }
    },
  }
}

/** A file is whole or not there, after a crash too: temp file, owner, mode, fsync, rename, fsync of the folder. */
async function replace(path: string, file: FileContent, uid: number, gid: number): Promise<void> {
  const temporary = temporaryName(path)
  try {
    const handle = await fs.open(
      temporary,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    )
    try {
      await handle.writeFile(file.content)
      await handle.chown(uid, gid)
      await handle.chmod(file.mode)
      if (file.mtime !== undefined) await handle.utimes(new Date(), file.mtime / 1000)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await fs.rename(temporary, path)
  } catch (error) {
    await fs.rm(temporary, { force: true })
    throw new LocalError(`${path}: ${explainErrno(error)}`, { cause: error })
  }
  await syncFolder(dirname(path))
}

async function syncFolder(path: string): Promise<void> {
  const handle = await fs.open(path, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** ESRCH: a file of /proc whose process has just ended. */
async function absent<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ESRCH')) return null
    throw error
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

function typeOf(found: {
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
}): FileStat['type'] {
  if (found.isFile()) return 'file'
  if (found.isDirectory()) return 'directory'
  return found.isSymbolicLink() ? 'link' : 'other'
}
