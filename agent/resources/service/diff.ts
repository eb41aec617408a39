import type { Change } from '../kind.ts'
import { isOutdated } from './fingerprint.ts'
import { showListener } from './listening.ts'
import type { ServiceSpec } from './spec.ts'
import type { ServiceState } from './state.ts'
import { showStray } from './stray.ts'
import { isRunning, isUp, showState } from './unit.ts'
import type { Unit } from './unit.ts'

/** Where a unit differs from what a task wants, and what it runs from what is on disk. */
export function diffService(spec: ServiceSpec, state: ServiceState): readonly Change[] {
  const { unit, strays, missing, newer, fingerprint } = state
  return [
    ...strays.map((stray) => ({
      field: 'process',
      before: showStray(stray),
      after: null,
      note: `runs outside ${spec.unit}, and may take a part of its connections`,
    })),
    ...(unit.needsDaemonReload ? [outdatedUnit(unit)] : []),
    ...diffState(spec, unit),
    ...diffEnabled(spec, state),
    ...missing.map((listener) => ({
      field: 'listens',
      before: null,
      after: showListener(listener),
      note: `does not listen on ${showListener(listener)}`,
    })),
    ...(newer === null
      ? []
      : [
          {
            field: 'configuration',
            before: `older than ${newer}`,
            after: 'current',
            note: `runs a configuration older than ${newer}`,
          },
        ]),
    ...(fingerprint === null || !isOutdated(fingerprint)
      ? []
      : [
          {
            field: 'fingerprint',
            before: fingerprint.running,
            after: fingerprint.onDisk,
            note: fingerprint.isAnswering
              ? 'runs another configuration than the one on disk'
              : `does not answer on ${spec.fingerprint?.socket}`,
          },
        ]),
  ]
}

function outdatedUnit(unit: Unit): Change {
  const note = 'its unit file or a drop-in changed after systemd read it'
  return {
    field: 'unit',
    before: 'outdated',
    after: 'current',
    note: isRunning(unit) ? `${note}; what runs keeps the old one until a restart` : note,
  }
}

function diffState(spec: ServiceSpec, unit: Unit): readonly Change[] {
  const before = showState(unit)
  if (spec.state === null) return []
  if (spec.state === 'stopped') {
    return isUp(unit) ? [{ field: 'state', before, after: 'stopped' }] : []
  }
  if (spec.state === 'started' && isRunning(unit)) return []
  const note = unit.load === 'masked' ? { note: 'masked by a person' } : {}
  return [{ field: 'state', before, after: spec.state, ...note }]
}

function diffEnabled(spec: ServiceSpec, { unit, isEnabled }: ServiceState): readonly Change[] {
  if (spec.enabled === null || spec.enabled === isEnabled) return []
  const after = spec.enabled ? 'enabled' : 'disabled'
  return [{ field: 'enabled', before: unit.file === '' ? null : unit.file, after }]
}
