import type { System } from '../../system/system.ts'
import { hasUnreadDropIn } from './drop-in.ts'
import { readFingerprint } from './fingerprint.ts'
import type { FingerprintState } from './fingerprint.ts'
import type { Listener } from './listening.ts'
import { findMissing } from './missing-listener.ts'
import { findNewer } from './newer-file.ts'
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
    fingerprint:
      mustBeCurrent && fingerprint !== null ? await readFingerprint(fingerprint, system) : null,
  }
}
