import { constants, lstatSync } from 'node:fs'
import * as fs from 'node:fs/promises'
import { dirname, resolve } from 'node:path/posix'
import { setEntryAttributes } from './attributes.ts'
import { readEntry } from './entry.ts'
import type { Entry } from './entry.ts'
import { hasCode } from './errno.ts'
import { LocalError } from './errors.ts'
import { toStat } from './file-stat.ts'
import { openOrMakeFolder } from './make-folder.ts'
import { groups, users } from './names.ts'
import { at, firmFolder, openFolder, unlessAbsent } from './open-folder.ts'
import type { OpenFolder } from './open-folder.ts'
import { replaceFile, replaceLink, syncFolder } from './replace-at.ts'
import type { Ids } from './replace-at.ts'
import type { Attributes, FileStat, Found, System } from './system.ts'
import { createTurns } from './turns.ts'
import { useEntry, useFolder } from './use-path.ts'

/** The file half of {@link System}. */
export type FileFunctions = Pick<
  System,
  | 'stat'
  | 'inspect'
  | 'readFile'
  | 'list'
  | 'readLink'
  | 'firmFolder'
  | 'writeFile'
  | 'setAttributes'
  | 'makeFolder'
  | 'makeLink'
  | 'remove'
  | 'writeKernel'
>

/** Bytes; what is meant to be read is far shorter. */
const defaultLimit = 64 * 1024 * 1024
/** As many as keep Node's threads busy; more would only hold descriptors and memory. */
const atOnce = 16

/**
 * The real disk. The agent runs as root, in folders of others too: each function walks its path once, goes by
 * the descriptor from there ({@link OpenFolder}), and refuses links that others could lead elsewhere.
 */
export function createFiles(): FileFunctions {
  const inTurn = createTurns(atOnce)
  return {
    stat: (path) => inTurn(() => inFolder(path, stat)),
    inspect: (path, { limit = defaultLimit, follows = false } = {}) =>
      inTurn(() => useEntry(path, follows, (entry) => inspect(entry, limit))),
    readFile: (path, { limit = defaultLimit } = {}) =>
      inTurn(() => useEntry(path, true, (entry) => read(entry, limit))),
    list: (path) => inTurn(() => useFolder(path, () => openFolder(path), list)),
    readLink: (path) => inTurn(() => inFolder(path, readLink)),
    firmFolder: async (path) => firmFolder(path),

    async writeFile(path, { owner, group, ...file }) {
      const ids = { uid: userId(path, owner), gid: groupId(path, group) }
      await inTurn(() =>
        inMadeFolder(path, (folder, name) => replaceFile(folder, name, { ...file, ...ids })),
      )
    },
    async setAttributes(path, wanted, expected) {
      const numbers = { ...idsOf(path, wanted), mode: wanted.mode }
      const done = await inTurn(() =>
        useEntry(path, false, async (entry) => ({
          refusal: await setEntryAttributes(entry, numbers, expected),
        })),
      )
      return done === null ? `${path} is not there any more` : done.refusal
    },
    async makeFolder(path, wanted = {}) {
      const { uid = -1, gid = -1 } = idsOf(path, wanted)
      await useFolder(
        path,
        () => openOrMakeFolder(path),
        async (folder) => {
          if (uid >= 0 || gid >= 0) await fs.chown(at(folder), uid, gid)
          if (wanted.mode !== undefined) await fs.chmod(at(folder), wanted.mode)
        },
      )
    },
    async makeLink(path, target, owner) {
      const ids = owner && { uid: userId(path, owner.owner), gid: groupId(path, owner.group) }
      await inTurn(() =>
        inMadeFolder(path, (folder, name) => replaceLink(folder, name, target, ids ?? null)),
      )
    },
    async remove(path) {
      await inTurn(() => inFolder(path, remove))
    },
    async writeKernel(path, value) {
      const done = await inTurn(() =>
        inFolder(path, async (folder, name) => {
          const { O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants
          await fs.writeFile(at(folder, name), value, { flag: O_WRONLY | O_TRUNC | O_NOFOLLOW })
          return true
        }),
      )
      if (done === null) throw new LocalError(`${path}: ENOENT: no such file or directory`)
    },
  }
}

type InFolder<T> = (folder: OpenFolder, name: string) => Promise<T>

function inFolder<T>(path: string, act: InFolder<T>): Promise<T | null> {
  return useFolder(path, () => openFolder(dirname(resolve(path))), act)
}

function inMadeFolder<T>(path: string, act: InFolder<T>): Promise<T | null> {
  return useFolder(path, () => openOrMakeFolder(dirname(resolve(path))), act)
}

async function stat(folder: OpenFolder, name: string): Promise<FileStat | null> {
  const found = unlessAbsent(() => lstatSync(at(folder, name)))
  return found && toStat(found)
}

async function inspect(entry: Entry, limit: number): Promise<Found | null> {
  const found = toStat(entry.stat)
  const target = found.type === 'link' ? await inFolder(entry.path, readLink) : null
  if (found.type === 'link' && target === null) {
    throw new LocalError(`${entry.path} was replaced while it was looked at; look again`)
  }
  if (found.type !== 'file') return { stat: found, target, content: null, unread: null }
  const reading = await readEntry(entry, limit)
  return reading && { stat: found, target, ...reading }
}

async function read(entry: Entry, limit: number): Promise<Uint8Array | null> {
  const reading = await readEntry(entry, limit)
  if (reading?.content === null) throw new LocalError(reading.unread)
  return reading && reading.content
}

async function list(folder: OpenFolder): Promise<readonly string[] | null> {
  try {
    return (await fs.readdir(at(folder))).sort()
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return null
    throw error
  }
}

async function readLink(folder: OpenFolder, name: string): Promise<string | null> {
  try {
    return await fs.readlink(at(folder, name))
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EINVAL', 'ESRCH')) return null
    throw error
  }
}

async function remove(folder: OpenFolder, name: string): Promise<void> {
  const path = at(folder, name)
  const found = unlessAbsent(() => lstatSync(path))
  if (found === null) return
  await (found.isDirectory() ? fs.rmdir(path) : fs.unlink(path))
  await syncFolder(folder)
}

function idsOf(path: string, { owner, group }: Attributes): Partial<Ids> {
  return {
    ...(owner !== undefined && { uid: userId(path, owner) }),
    ...(group !== undefined && { gid: groupId(path, group) }),
  }
}

function userId(path: string, name: string): number {
  const id = users().id(name)
  if (id === undefined) throw new LocalError(`${path}: there is no user "${name}" on this node`)
  return id
}

function groupId(path: string, name: string): number {
  const id = groups().id(name)
  if (id === undefined) throw new LocalError(`${path}: there is no group "${name}" on this node`)
  return id
}
