import { LocalError } from '../system/errors.ts'
import type { System } from '../system/system.ts'
import type { UnitState } from './health.ts'

/** Whether a unit runs, in the words of the gate. */
export interface UnitHealth {
  readonly state: UnitState
  /** Of its main process; null when there is none. */
  readonly pid: number | null
}

/** @param name with its suffix: `haproxy.service` */
export async function readUnitHealth(
  name: string,
  system: Pick<System, 'run'>,
): Promise<UnitHealth> {
  const argv = ['systemctl', 'show', name, '-p', 'LoadState,ActiveState,MainPID']
  const { code, stdout, stderr } = await system.run(argv)
  if (code !== 0) throw new LocalError(`systemd does not tell about ${name}: ${stderr.trim()}`)
  const value = (property: string): string =>
    new RegExp(`^${property}=(.*)$`, 'm').exec(stdout)?.[1] ?? ''
  const pid = Number(value('MainPID'))
  return {
    state: value('LoadState') === 'not-found' ? 'absent' : stateOf(value('ActiveState')),
    pid: pid > 0 ? pid : null,
  }
}

function stateOf(active: string): UnitState {
  switch (active) {
    case 'active':
    case 'reloading':
    case 'refreshing':
      return 'running'
    case 'activating':
    case 'deactivating':
      return 'starting'
    case 'failed':
      return 'failed'
    default:
      return 'stopped'
  }
}
