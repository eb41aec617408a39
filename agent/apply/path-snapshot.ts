import { dirname } from 'node:path/posix'
import * as v from 'valibot'
import { LocalError } from '../system/errors.ts'
import type { System } from '../system/system.ts'

const owned = { mode: v.number(), owner: v.string(), group: v.string() }

/** What is at a path, as the journal keeps it. null: nothing. */
export const pathSchema = v.nullable(
  v.variant('type', [
    v.object({
      type: v.literal('file'),
      /** In base64; null when it was not read. */
      content: v.nullable(v.string()),
      /** Tells a file whose content is not kept from another one. */
      unread: v.optional(v.object({ size: v.number(), mtime: v.number() })),
      ...owned,
    }),
    v.object({ type: v.literal('link'), target: v.string(), ...owned }),
    v.object({ type: v.literal('directory'), ...owned }),
    v.object({ type: v.literal('other'), ...owned }),
  ]),
)
export type PathSnapshot = v.InferOutput<typeof pathSchema>

/** Bytes of the largest file whose content is kept, and of all of one change together: it is held in memory. */
const mostKept = { file: 64 * 2 ** 20, change: 128 * 2 ** 20 }

/** Takes snapshots, one after the other, and keeps no more of them than fits into memory. */
export function createPathKeeper(
  system: Pick<System, 'inspect'>,
): (path: string) => Promise<PathSnapshot> {
  let left = mostKept.change
  return async (path) => {
    const taken = await snapshotPath(path, system, Math.min(left, mostKept.file))
    if (taken?.type === 'file') left -= taken.content?.length ?? 0
    return taken
  }
}

/** @param limit bytes; the content of a file that is longer is not kept */
async function snapshotPath(
  path: string,
  system: Pick<System, 'inspect'>,
  limit: number,
): Promise<PathSnapshot> {
  const found = await system.inspect(path, { limit })
  if (found === null) return null
  const { type, mode, owner, group, size, mtime } = found.stat
  const attributes = { mode, owner, group }
  if (type === 'link') return { type, target: found.target ?? '', ...attributes }
  if (type !== 'file') return { type, ...attributes }
  if (found.content === null) return { type, content: null, unread: { size, mtime }, ...attributes }
  return { type, content: Buffer.from(found.content).toString('base64'), ...attributes }
}

/** The folders above a path that are missing, and so come with it: the topmost first. */
export async function missingParents(
  path: string,
  system: Pick<System, 'stat'>,
): Promise<readonly string[]> {
  const parent = dirname(path)
  if (parent === path || (await system.stat(parent)) !== null) return []
  return [...(await missingParents(parent, system)), parent]
}

/**
 * Makes a path what it was, and does nothing where it is so already. A folder that was not there goes only
 * while it is empty: others may have come to use it.
 * @throws LocalError when it can't be done
 */
export async function restorePath(
  path: string,
  before: PathSnapshot,
  system: System,
): Promise<void> {
  const now = await system.stat(path)
  if (await isRestored(path, before, system)) return
  if (before === null) return system.remove(path)
  if (before.type === 'other') {
    throw new LocalError(`${path} was a device, pipe or socket, and is not made again`)
  }
  if (now !== null && now.type !== before.type && isFolder(now) !== isFolder(before)) {
    await system.remove(path)
  }
  if (before.type === 'file') return restoreFile(path, before, system)
  if (before.type === 'link') return system.makeLink(path, before.target, before)
  if (now?.type !== 'directory') return system.makeFolder(path, before)
  const refusal = await system.setAttributes(path, before, { type: 'directory' })
  if (refusal !== null) throw new LocalError(refusal)
}

/** Whether a path is what it was. */
export async function isRestored(
  path: string,
  before: PathSnapshot,
  system: Pick<System, 'inspect' | 'list' | 'stat'>,
): Promise<boolean> {
  const isGone = before === null && (await system.stat(path))?.type === 'directory'
  if (isGone) return ((await system.list(path)) ?? []).length > 0
  return isUnchanged(path, before, system)
}

/** Whether a path shows what it showed before. */
export async function isUnchanged(
  path: string,
  before: PathSnapshot,
  system: Pick<System, 'inspect'>,
): Promise<boolean> {
  const isKept = before?.type !== 'file' || before.content !== null
  const now = await snapshotPath(path, system, isKept ? mostKept.file : -1)
  return JSON.stringify(now) === JSON.stringify(before)
}

async function restoreFile(
  path: string,
  before: NonNullable<PathSnapshot> & { readonly type: 'file' },
  system: System,
): Promise<void> {
  const { content: kept, unread, ...attributes } = before
  if (kept !== null) {
    const content = Buffer.from(kept, 'base64')
    // A file that is only chmodded keeps its time, so that no service counts as outdated
    const refusal = await system.setAttributes(path, attributes, { type: 'file', content })
    if (refusal !== null) await system.writeFile(path, { ...attributes, content })
    return
  }
  const now = await system.stat(path)
  const refusal =
    now?.size === unread?.size && now?.mtime === unread?.mtime
      ? await system.setAttributes(path, attributes, { type: 'file' })
      : `${path} stays as it is now: what it held before (${unread?.size} bytes) was not kept`
  if (refusal !== null) throw new LocalError(refusal)
}

function isFolder({ type }: { readonly type: string }): boolean {
  return type === 'directory'
}
