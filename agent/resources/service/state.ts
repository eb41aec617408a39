import type { System } from '../../system/system.ts'
import { readFingerprint } from './fingerprint.ts'
import type { FingerprintState } from './fingerprint.ts'
import type { Listener } from './listening.ts'
import { findMissing } from './missing-listener.ts'
import { findReplaced } from './replaced.ts'
import type { ServiceSpec } from './spec.ts'
import { findStrays } from './stray.ts'
import type { Stray } from './stray.ts'
import { isEnabled, isRunning, readUnit } from './unit.ts'
import type { Unit } from './unit.ts'

/** What systemd, /proc, the files and the process itself tell about a unit. */
export interface ServiceState {
  readonly unit: Unit
  readonly isEnabled: boolean
  readonly strays: readonly Stray[]
  /** Sockets that it should have open, and has not although it runs. */
  readonly missing: readonly Listener[]
  /** A configuration file that changed after the process has read it. */
  readonly newer: string | null
  /** Programs and libraries that its processes run, and that are no longer on the disk. */
  readonly replaced: readonly string[]
  /** null when the unit does not run, or has no fingerprint. */
  readonly fingerprint: FingerprintState | null
}

/** What systemd tells of a unit, and whether that is what its files say. */
export async function readCurrentUnit(name: string, system: System): Promise<Unit> {
  const unit = await readUnit(name, system)
  const needsDaemonReload = unit.needsDaemonReload || (await hasUnreadDropIn(name, unit, system))
  return { ...unit, needsDaemonReload }
}

/** Reads only what the task asks for: a unit without `fingerprint` is not asked for one. */
export async function observeService(spec: ServiceSpec, system: System): Promise<ServiceState> {
  const unit = await readCurrentUnit(spec.unit, system)
  const mustBeCurrent = isRunning(unit) && spec.state !== 'stopped'
  const { exclusive, fingerprint, config } = spec
  return {
    unit,
    isEnabled: isEnabled(unit),
    strays: exclusive === null ? [] : await findStrays(exclusive, spec.unit, system),
    missing: mustBeCurrent ? await findMissing(spec.listens, spec.unit, system) : [],
    newer:
      mustBeCurrent && unit.changed !== null ? await findNewer(config, unit.changed, system) : null,
    replaced: mustBeCurrent ? await findReplaced(unit.mainPid, system) : [],
    fingerprint:
      mustBeCurrent && fingerprint !== null ? await readFingerprint(fingerprint, system) : null,
  }
}

/** Where roles and people put drop-ins, the first beats the second. Packages reload systemd themselves. */
const folders = ['/etc/systemd/system', '/run/systemd/system']

/**
 * Whether systemd lacks a drop-in of a unit. It looks folders up in a cache, so it neither reads one that
 * is new when it loads the unit, nor tells so in NeedDaemonReload (seen with systemd 252; 257 tells).
 */
async function hasUnreadDropIn(
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

/**
 * The first file that changed after a process read its configuration, or null. Folders count with all
 * that is in them, hidden files and editors' backups apart.
 * Known limit: a copy that keeps an old modification time goes unnoticed.
 * @param since milliseconds since the epoch
 */
async function findNewer(
  paths: readonly string[],
  since: number,
  system: Pick<System, 'stat' | 'list'>,
): Promise<string | null> {
  for (const path of paths) {
    const stat = await system.stat(path)
    if (stat === null) continue
    if (stat.type === 'directory') {
      const names = ((await system.list(path)) ?? []).filter((name) => !/^\.|~$/.test(name))
      const below = names.map((name) => `${path}/${name}`)
      const found = await findNewer(below, since, system)
      if (found !== null) return found
    }
    // Last for a folder: the file in it tells more than the folder, which tells that one is gone
    if (stat.mtime > since) return path
  }
  return null
}
