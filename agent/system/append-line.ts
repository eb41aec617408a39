import { constants, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { explainErrno } from './errno.ts'
import { LocalError } from './errors.ts'

/**
 * Adds a line to a file and returns once it is on the disk. A new file, and a new folder for it, are
 * readable to their owner alone.
 * A last line that a crash has cut short is ended first, so that it spoils no other.
 * @param line without its newline
 */
export async function appendLine(path: string, line: string): Promise<void> {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR, O_RDONLY } = constants
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const handle = await open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600)
    let isNew: boolean
    try {
      const { size } = await handle.stat()
      isNew = size === 0
      const last = Buffer.alloc(1)
      if (!isNew) await handle.read(last, 0, 1, size - 1)
      const isCut = !isNew && last.toString() !== '\n'
      await handle.writeFile(`${isCut ? '\n' : ''}${line}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (!isNew) return
    const folder = await open(dirname(path), O_RDONLY)
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch (error) {
    throw new LocalError(`${path}: ${explainErrno(error)}`, { cause: error })
  }
}
