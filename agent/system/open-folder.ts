import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync } from 'node:fs'
import { join, resolve } from 'node:path/posix'
import { hasCode } from './errno.ts'
import { LocalError } from './errors.ts'
import { describeExposure, exposureOf, isTrusted } from './exposure.ts'
import type { Exposure } from './exposure.ts'
import { users } from './names.ts'

/**
 * A folder that stays the one that was found, wherever its path leads by now. Root's own rights make a
 * path of somebody else's folder dangerous: whoever can rename a part of it, or make it a link, decides
 * where root reads and writes between one call and the next. So a path is walked once, folder by folder,
 * and all that happens then goes by the descriptor of the last one.
 */
export interface OpenFolder {
  readonly descriptor: number
  /** Where it was when it was opened. No part of it is a link. */
  readonly path: string
  /** Who else can change it. null: nobody but root. */
  readonly exposure: Exposure | null
  /** Nobody but root can put another one in its place. */
  readonly isFirm: boolean
}

/** Only tells what stands there and needs no right to read it: open(2). Node has no name for it. */
export const O_PATH = 0o10000000

const { O_DIRECTORY, O_NOFOLLOW } = constants
/** As many as the kernel follows: path_resolution(7). */
export const mostLinks = 40

/** What a name in an open folder is called in a system call. Node has no openat(2): proc_pid_fd(5) does the same. */
export function at({ descriptor }: Pick<OpenFolder, 'descriptor'>, name = '.'): string {
  return `/proc/self/fd/${descriptor}/${name}`
}

/**
 * Opens a folder, to be closed by its descriptor. Links on the way are followed where they are root's and
 * lie in a folder that nobody else may write, such as /lib and /var/run.
 * @param path absolute
 * @returns null when there is no such folder
 * @throws LocalError for any other link
 */
export function openFolder(path: string): OpenFolder | null {
  let left = namesOf(path)
  let links = 0
  let folder = openRoot()
  try {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const inner = enter(folder, name)
      const target = inner === null ? linkTarget(folder, name, path) : null
      if (inner === null && target === null) {
        closeSync(folder.descriptor)
        return null
      }
      if (target !== null) {
        if (++links > mostLinks) throw new LocalError(`${path}: leads through too many links`)
        left = [...namesOf(target), ...left]
      }
      const next = inner ?? openRoot()
      closeSync(folder.descriptor)
      folder = next
    }
    return folder
  } catch (error) {
    closeSync(folder.descriptor)
    throw error
  }
}

/** The folder of that name in an open one; null when there is none, or a link. */
export function enter(folder: OpenFolder, name: string): OpenFolder | null {
  const path = join(folder.path, name)
  // Leads to the root that a process sees, which its text does not say: proc_pid_root(5)
  const isRoot = name === 'root' && /^\/proc\/\d+$/.test(folder.path) && folder.exposure === null
  const flags = O_PATH | O_DIRECTORY | (isRoot ? 0 : O_NOFOLLOW)
  const descriptor = unlessAbsent(() => openSync(at(folder, name), flags))
  return descriptor === null ? null : opened(descriptor, path, folder)
}

/**
 * Where a link in an open folder leads, as an absolute path.
 * @param asked the path that led here, for the message
 * @returns null when there is no link of that name
 * @throws LocalError when somebody other than root could lead it elsewhere
 */
export function linkTarget(folder: OpenFolder, name: string, asked: string): string | null {
  const found = unlessAbsent(() => lstatSync(at(folder, name)))
  if (found === null || !found.isSymbolicLink()) return null
  const text = unlessAbsent(() => readlinkSync(at(folder, name)))
  if (text === null) return null
  const target = resolve(folder.path, text)
  const { exposure } = folder
  if (exposure === null && isTrusted(found.uid, at(folder))) return target
  const link = join(folder.path, name)
  const place = asked === link ? link : `${asked}: ${link}`
  const [reason, remedy] =
    exposure === null
      ? [`it belongs to ${users().name(found.uid)}`, `"chown -h root ${link}"`]
      : [describeExposure(exposure), `make ${exposure.path} writable to root alone`]
  throw new LocalError(
    `${place} is a link (to ${target}), and ${reason}, so that it could lead anywhere a moment later; ` +
      `write a path without links, or ${remedy}`,
  )
}

/**
 * The deepest folder on the way to a path that is there and that nobody but root can replace: what a
 * program is told to find there, it finds there.
 */
export function firmFolder(path: string): string {
  let firm = '/'
  for (const name of namesOf(path)) {
    const folder = openFolder(join(firm, name))
    if (folder === null) return firm
    closeSync(folder.descriptor)
    if (!folder.isFirm) return firm
    firm = join(firm, name)
  }
  return firm
}

function namesOf(path: string): string[] {
  return resolve(path).split('/').filter(Boolean)
}

function openRoot(): OpenFolder {
  return opened(openSync('/', O_PATH | O_DIRECTORY), '/', null)
}

function opened(descriptor: number, path: string, parent: OpenFolder | null): OpenFolder {
  const found = fstatSync(descriptor)
  const above = parent?.exposure ?? null
  const exposure = exposureOf(path, found, above, at({ descriptor }))
  const isFirm = above === null || (above.isSticky && isTrusted(found.uid, at({ descriptor })))
  return { descriptor, path, exposure, isFirm }
}

/**
 * null: it is not there. ESRCH: in /proc, its process has just ended. ENOTDIR: also a link that is not followed.
 * EINVAL: no link any more.
 */
export function unlessAbsent<T>(find: () => T): T | null {
  try {
    return find()
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ESRCH', 'EINVAL')) return null
    throw error
  }
}
