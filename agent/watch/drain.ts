import { join } from 'node:path'
import * as v from 'valibot'
import type { KeepalivedScope } from '../health/health-scope.ts'
import { readWanted } from '../health/keepalived-health.ts'
import type { Hold } from '../programs/keepalived/hold-file.ts'
import { ownAddresses } from '../system/own-addresses.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'
import { readHolds, setHold } from './holds.ts'

type Wish = Pick<Hold, 'reason' | 'since'>
type Folders = Pick<Paths, 'state' | 'vrrp'>

const schema = v.object({ reason: v.string(), since: v.string() })

/** A reboot empties /run, and a node that is drained for maintenance is often rebooted. */
const wishFile = ({ state }: Folders): string => join(state, 'drain.json')

/**
 * Asks keepalived to leave the VIPs to the peer, or no longer (null). It holds over a reboot.
 * @throws Error when keepalived's folder is not there
 */
export async function setDrain(wish: Wish | null, paths: Folders, system: System): Promise<void> {
  if (wish === null) await system.remove(wishFile(paths))
  else {
    const content = Buffer.from(`${JSON.stringify(wish)}\n`)
    await system.writeFile(wishFile(paths), { content, mode: 0o600, owner: 'root', group: 'root' })
  }
  setHold(paths.vrrp, 'drain', 'operator', wish)
}

/** What an operator has asked for; null: nothing. */
export function findDrain({ vrrp }: Pick<Paths, 'vrrp'>): Wish | null {
  return readHolds(vrrp, 'drain').find(({ owner }) => owner === 'operator') ?? null
}

/** Puts an operator's wish back that a reboot has made keepalived forget. */
export async function restoreDrain(paths: Folders, system: System): Promise<void> {
  const content = await system.readFile(wishFile(paths))
  if (content === null || findDrain(paths) !== null) return
  try {
    const wish = v.parse(schema, JSON.parse(Buffer.from(content).toString()))
    setHold(paths.vrrp, 'drain', 'operator', wish)
  } catch {
    // Damaged, or no keepalived here any more
  }
}

/** VIPs of keepalived.conf that are on this node now. */
export async function vipsHere(
  { file }: Pick<KeepalivedScope, 'file'>,
  system: Pick<System, 'inspect' | 'list'>,
): Promise<readonly string[]> {
  const wanted = ((await readWanted(file, system)) ?? []).flatMap(({ vips }) => vips)
  const addresses = ownAddresses()
  return wanted.filter((vip) => addresses.has(vip))
}
