import { isOutdated } from './fingerprint.ts'
import type { ServiceSpec } from './spec.ts'
import type { ServiceState } from './state.ts'
import { isRunning, isUp } from './unit.ts'

/** One thing to do to a unit. */
export type ServiceStep =
  | 'end-strays'
  | 'daemon-reload'
  | 'enable'
  | 'disable'
  | 'reset-failed'
  | 'start'
  | 'stop'
  | 'reload'
  | 'restart'

/** What to do, in order. Strays go first: what is started beside them would share its port with them. */
export function planSteps(spec: ServiceSpec, state: ServiceState): readonly ServiceStep[] {
  const { unit } = state
  const action = chooseAction(spec, state)
  const isAbsent = unit.load === 'not-found'
  const starts = action === 'start' || action === 'restart'
  const steps: ServiceStep[] = []
  if (state.strays.length > 0) steps.push('end-strays')
  // A unit that a package has just brought is unknown until then
  if (unit.needsDaemonReload || isAbsent) steps.push('daemon-reload')
  if (spec.enabled === true && !state.isEnabled) steps.push('enable')
  if (spec.enabled === false && state.isEnabled) steps.push('disable')
  // Also lifts the limit of starts in a row: systemd.unit(5), StartLimitIntervalSec
  if (starts && unit.active === 'failed') steps.push('reset-failed')
  if (action !== null) steps.push(action)
  return steps
}

function chooseAction(
  spec: ServiceSpec,
  { unit, missing, newer, fingerprint }: ServiceState,
): 'start' | 'stop' | 'reload' | 'restart' | null {
  if (spec.state === 'stopped') return isUp(unit) ? 'stop' : null
  if (spec.state === 'restarted') return 'restart'
  if (!isRunning(unit)) return spec.state === null ? null : 'start'
  // Sockets are bound when a process starts
  if (missing.length > 0) return 'restart'
  const again = unit.canReload ? 'reload' : 'restart'
  if (newer !== null && spec.configAppliesOn === 'restart') return 'restart'
  if (spec.state === 'reloaded' || newer !== null) return again
  return fingerprint !== null && isOutdated(fingerprint) ? again : null
}
