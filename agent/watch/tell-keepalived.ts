import { closeSync, constants, fchmodSync, openSync, writeSync } from 'node:fs'
import { uptime } from 'node:os'
import { join } from 'node:path'
import type { Paths } from '../system/paths.ts'
import { setHold } from './holds.ts'
import type { Fault } from './watch-state.ts'

/** Characters of the longest uptime. */
const width = 16

type Folder = Pick<Paths, 'vrrp'>

/**
 * Makes what keepalived reads equal to what was decided, whoever wrote there meanwhile.
 * @param since ISO 8601, for people
 * @throws Error when the folder is not there
 */
export function tellFault(
  fault: Pick<Fault, 'owner' | 'reason'> | null,
  since: string,
  { vrrp }: Folder,
): void {
  for (const owner of ['watch', 'run'] as const) {
    setHold(vrrp, 'fault', owner, fault?.owner === owner ? { reason: fault.reason, since } : null)
  }
}

/**
 * Tells keepalived's own check that the agent decides (roles/keepalived/files/check-haproxy): the number
 * that it compares with the first one of /proc/uptime.
 */
export function beat({ vrrp }: Folder): void {
  try {
    // In one piece and without cutting it off before: the check may read at any moment
    const file = openSync(join(vrrp, 'heartbeat'), constants.O_WRONLY | constants.O_CREAT)
    try {
      // The check runs as a user of its own, and our umask may be narrower
      fchmodSync(file, 0o644)
      writeSync(file, `${uptime().toFixed(2).padEnd(width)}\n`, 0)
    } finally {
      closeSync(file)
    }
  } catch {
    // Then keepalived's own check is in charge
  }
}
