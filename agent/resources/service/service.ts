import { commitError, LocalError } from '../../system/errors.ts'
import { sayReplacedFiles } from '../../system/replaced-files.ts'
import { noEffects } from '../effects.ts'
import type { Kind } from '../kind.ts'
import { placeOf } from '../schema.ts'
import { applyStep } from './apply.ts'
import { diffService } from './diff.ts'
import { isOutdated } from './fingerprint.ts'
import { awaitListeners } from './missing-listener.ts'
import { parseService } from './spec.ts'
import type { ServiceSpec } from './spec.ts'
import { observeService, readCurrentUnit } from './state.ts'
import type { ServiceState } from './state.ts'
import { planSteps } from './steps.ts'
import { serviceUndo } from './undo.ts'
import { isRunning, isUp, readUnit } from './unit.ts'
import type { Unit } from './unit.ts'

/**
 * A systemd unit: running or not, started at boot or not, and running what is on disk. Drift is also a
 * process that reads an older configuration, runs another one, or serves outside the unit.
 * Handlers restart or reload; a unit that isn't running is started by both.
 */
export const service: Kind<ServiceSpec, ServiceState> = {
  name: 'service',
  parse: parseService,

  id: ({ unit, state }) =>
    `service ${unit}${state === 'restarted' || state === 'reloaded' ? ` ${state}` : ''}`,

  handlerOnly: ({ state }) =>
    state === 'restarted' || state === 'reloaded'
      ? `"state: ${state}" acts each time, so the node would never be in sync; make it a handler, or write "state: started"`
      : null,

  effects: ({ unit, state, config, fingerprint, exclusive }) => ({
    ...noEffects,
    unit: {
      name: unit,
      runs: state === null ? null : state !== 'stopped',
      reads: [...new Set([...config, ...(fingerprint === null ? [] : [fingerprint.file])])],
      fingerprint,
      exclusive,
    },
  }),

  observe: observeService,

  diff: diffService,

  // No drift: a restart costs connections or moves VIPs, and when that is right, an operator knows
  notes({ unit, fingerprint }, { replaced }) {
    if (replaced.length === 0) return []
    // haproxy: on a reload its master executes itself anew, and starts a new worker (seen with 2.6)
    return [sayReplacedFiles(unit, replaced, fingerprint !== null)]
  },

  async check(spec, place, system) {
    const unit = await readUnit(spec.unit, system)
    const masked = refuseMasked(spec, unit)
    if (masked !== null) throw new LocalError(masked)
    if (spec.enabled === true && isWithoutInstall(unit)) {
      throw commitError(placeOf(place, 'enabled'), withoutInstall(spec, unit))
    }
  },

  async apply(spec, _changes, state, system) {
    const masked = refuseMasked(spec, state.unit)
    if (masked !== null) throw new LocalError(masked)
    const since = system.now()
    // Files of the unit may have been written after it was observed
    const { needsDaemonReload } = await readCurrentUnit(spec.unit, system)
    const steps = planSteps(spec, { ...state, unit: { ...state.unit, needsDaemonReload } })
    for (const step of steps) await applyStep(step, spec, system)
    if (steps.includes('start') || steps.includes('restart')) {
      await awaitListeners(spec.listens, spec.unit, since, system)
    }
    if (spec.enabled !== true || state.isEnabled) return
    const unit = await readUnit(spec.unit, system)
    if (isWithoutInstall(unit)) throw new LocalError(withoutInstall(spec, unit))
  },

  reload: {
    readMark: ({ fingerprint }, { unit }) =>
      fingerprint === null || !isRunning(unit) ? null : `${unit.started} ${unit.changed}`,

    hasRead(spec, { newer, fingerprint }, path) {
      // One that does not run is not asked for its fingerprint
      if (fingerprint === null || fingerprint.onDisk === null || isOutdated(fingerprint))
        return false
      const reads = [spec.fingerprint?.file, ...spec.config]
      return newer === null && reads.some((one) => isAtOrBelow(path, one))
    },

    isIdle: (_spec, { unit }) => !isUp(unit),

    actedAt(spec, { unit, fingerprint }) {
      if (!isRunning(unit) || (fingerprint !== null && isOutdated(fingerprint))) return null
      return spec.state === 'restarted' ? unit.started : unit.changed
    },
  },

  rollback: { touches: ({ unit }) => [unit], undo: serviceUndo },
}

function isAtOrBelow(path: string, place: string | undefined): boolean {
  return path === place || path.startsWith(`${place}/`)
}

/** A person masks a unit so that nothing starts it: we don't overrule that. */
function refuseMasked(spec: ServiceSpec, unit: Unit): string | null {
  const wanted = spec.enabled === true || (spec.state !== null && spec.state !== 'stopped')
  if (unit.load !== 'masked' || !wanted) return null
  return `${spec.unit} is masked by a person on this node; "systemctl unmask ${spec.unit}" lets it start again`
}

/** `systemctl enable` has no effect on these: systemctl(1), is-enabled. */
function isWithoutInstall(unit: Unit): boolean {
  return ['static', 'indirect', 'generated', 'transient'].includes(unit.file)
}

function withoutInstall(spec: ServiceSpec, unit: Unit): string {
  return `${spec.unit} is ${unit.file}: it has no [Install] section, so it can't be enabled; leave enabled out`
}
