import type { System } from '../../system/system.ts'
import type { Unit } from './unit.ts'

/** Where roles and people put drop-ins, the first beats the second. Packages reload systemd themselves. */
const folders = ['/etc/systemd/system', '/run/systemd/system']

/**
 * Whether systemd lacks a drop-in of a unit. It looks folders up in a cache, so it neither reads one that
 * is new when it loads the unit, nor tells so in NeedDaemonReload (seen with systemd 252; 257 tells).
 */
export async function hasUnreadDropIn(
  name: string,
  unit: Unit,
  system: Pick<System, 'list' | 'stat' | 'readLink'>,
): Promise<boolean> {
  if (unit.load !== 'loaded') return false
  const seen = new Set<string>()
  for (const folder of folders) {
    for (const file of (await system.list(`${folder}/${name}.d`)) ?? []) {
      if (!file.endsWith('.conf') || seen.has(file)) continue
      seen.add(file)
      const path = `${folder}/${name}.d/${file}`
      if (!unit.dropIns.includes(path) && !(await isMask(path, system))) return true
    }
  }
  return false
}

/** An empty drop-in, or a link to /dev/null, only hides another one: systemd.unit(5). */
async function isMask(path: string, system: Pick<System, 'stat' | 'readLink'>): Promise<boolean> {
  if ((await system.readLink(path)) === '/dev/null') return true
  return (await system.stat(path))?.size === 0
}
