import { dirname } from 'node:path/posix'
import * as v from 'valibot'
import { applyAttributes } from '../resources/file/attributes.ts'
import { LocalError } from '../system/errors.ts'
import type { FileStat, System } from '../system/system.ts'

const owned = { mode: v.number(), owner: v.string(), group: v.string() }

/** What is at a path, as the journal keeps it. null: nothing. The content of a file is in base64. */
export const pathSchema = v.nullable(
  v.variant('type', [
    v.object({ type: v.literal('file'), content: v.string(), ...owned }),
    v.object({ type: v.literal('link'), target: v.string(), ...owned }),
    v.object({ type: v.literal('directory'), ...owned }),
    v.object({ type: v.literal('other'), ...owned }),
  ]),
)
export type PathSnapshot = v.InferOutput<typeof pathSchema>

export async function snapshotPath(path: string, system: System): Promise<PathSnapshot> {
  const stat = await system.stat(path)
  if (stat === null) return null
  const { type, mode, owner, group } = stat
  const attributes = { mode, owner, group }
  if (type === 'link') {
    return { type, target: (await system.readLink(path)) ?? '', ...attributes }
  }
  if (type !== 'file') return { type, ...attributes }
  const content = Buffer.from((await system.readFile(path)) ?? new Uint8Array())
  return { type, content: content.toString('base64'), ...attributes }
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
  if (before.type === 'file') return restoreFile(path, before, now, system)
  if (before.type === 'directory' && now?.type !== 'directory') await system.makeFolder(path)
  if (before.type === 'link') await system.makeLink(path, before.target)
  const made = await system.stat(path)
  if (made === null) return
  if (before.type === 'directory') return applyAttributes(path, before, made, system)
  if (made.owner !== before.owner || made.group !== before.group) {
    await system.setOwner(path, before.owner, before.group)
  }
}

/** Whether a path is what it was. */
export async function isRestored(
  path: string,
  before: PathSnapshot,
  system: System,
): Promise<boolean> {
  const now = await snapshotPath(path, system)
  if (before === null && now?.type === 'directory') {
    return ((await system.list(path)) ?? []).length > 0
  }
  return JSON.stringify(now) === JSON.stringify(before)
}

async function restoreFile(
  path: string,
  before: NonNullable<PathSnapshot> & { readonly type: 'file' },
  now: FileStat | null,
  system: System,
): Promise<void> {
  const content = Buffer.from(before.content, 'base64')
  const found = now?.type === 'file' ? await system.readFile(path) : null
  // A file that is only chmodded keeps its time, so that no service counts as outdated
  if (now !== null && found !== null && content.equals(found)) {
    return applyAttributes(path, before, now, system)
  }
  return system.writeFile(path, { ...before, content })
}

function isFolder({ type }: { readonly type: string }): boolean {
  return type === 'directory'
}
