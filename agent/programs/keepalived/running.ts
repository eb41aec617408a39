import { LocalError } from '../../system/errors.ts'
import { readText } from '../../system/read-text.ts'
import type { System } from '../../system/system.ts'
import { parseKeepalivedVersion } from './version.ts'

/** keepalived's own default. */
export const keepalivedPidFile = '/run/keepalived.pid'

/** The pid of the keepalived that runs here; null: none does. A pid file may outlive its process. */
export async function findKeepalived(system: Pick<System, 'inspect'>): Promise<number | null> {
  const pid = Number((await readText(keepalivedPidFile, system))?.trim())
  if (!(pid > 0)) return null
  const name = await readText(`/proc/${pid}/comm`, system)
  return name?.trim() === 'keepalived' ? pid : null
}

/**
 * The version of a process, asked of the very file that it was started from, which an upgrade may have replaced.
 * null: it does not say.
 */
export async function readKeepalivedVersion(
  pid: number,
  system: Pick<System, 'run'>,
): Promise<string | null> {
  try {
    const { stdout, stderr } = await system.run([`/proc/${pid}/exe`, '--version'])
    return parseKeepalivedVersion(`${stdout}\n${stderr}`)
  } catch (error) {
    // It has ended, or needs a library that is gone
    if (error instanceof LocalError) return null
    throw error
  }
}
