import { statfsSync } from 'node:fs'
import { geteuid } from 'node:process'
import { groups, users } from './names.ts'

/** A folder that somebody other than root (or, without root, ourselves) may change. */
export interface Exposure {
  readonly path: string
  readonly uid: number
  readonly gid: number
  readonly mode: number
  /** Root's, and others may only add to it, such as /tmp: what is root's in there stays where it is. */
  readonly isSticky: boolean
}

type Owner = Pick<Exposure, 'uid' | 'gid' | 'mode'>

/** Without root we have no right that our own user lacks. */
const trusted: ReadonlySet<number> = new Set([0, geteuid?.() ?? 0])
/** Owner of what root of the host owns, as it looks within a user namespace: user_namespaces(7). */
const overflowUser = 65_534
/** procfs and sysfs, where nobody makes links but the kernel: statfs(2). */
const kernelFileSystems: ReadonlySet<number> = new Set([0x9fa0, 0x62656572])

/**
 * Whether a user can only be root, or has no more rights than we have.
 * @param place a path that leads to what is owned, without following anything that is not trusted
 */
export function isTrusted(uid: number, place: string): boolean {
  if (trusted.has(uid)) return true
  return uid === overflowUser && kernelFileSystems.has(statfsSync(place).type)
}

/**
 * Who can change a folder, or put another in its place: what is below a folder that others may write is
 * theirs, whoever it belongs to, since they may rename it.
 * @param above of the folder that holds it
 * @param place a path that leads to the opened folder
 * @returns null: nobody but root
 */
export function exposureOf(
  path: string,
  { uid, gid, mode }: Owner,
  above: Exposure | null,
  place: string,
): Exposure | null {
  if (above !== null && !above.isSticky) return above
  const isOurs = isTrusted(uid, place)
  if (isOurs && (mode & 0o022) === 0) return null
  return { path, uid, gid, mode, isSticky: isOurs && (mode & 0o1000) !== 0 }
}

/** `/srv/app belongs to deploy`, `group staff may write to /srv/app`, `anybody may write to /tmp`. */
export function describeExposure({ path, uid, gid, mode }: Exposure): string {
  if (!trusted.has(uid)) return `${path} belongs to ${users().name(uid)}`
  if ((mode & 0o002) !== 0) return `anybody may write to ${path}`
  return `group ${groups().name(gid)} may write to ${path}`
}
