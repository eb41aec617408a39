import { LocalError } from '../../system/errors.ts'
import type { RunResult, System } from '../../system/system.ts'
import { askTogether } from '../together.ts'

/** What systemd knows of a unit. Names of states are its own: systemctl(1), org.freedesktop.systemd1(5). */
export interface Unit {
  /** `loaded`, `not-found`, `masked`, `bad-setting`, `error`. */
  readonly load: string
  /** `active`, `reloading`, `inactive`, `failed`, `activating`, `deactivating`, …. */
  readonly active: string
  /** `running`, `dead`, `auto-restart`, …. */
  readonly sub: string
  /** `enabled`, `disabled`, `static`, …; empty for a unit without a file. */
  readonly file: string
  readonly type: string
  readonly canReload: boolean
  /** Its file or drop-ins changed since systemd read them. */
  readonly needsDaemonReload: boolean
  /** Paths of the drop-ins that systemd has read. */
  readonly dropIns: readonly string[]
  /** null: it has none at the moment. */
  readonly mainPid: number | null
  /** When it last changed its state, a reload included. Milliseconds since the epoch; null: never. */
  readonly changed: number | null
  /** When it was last started. Milliseconds since the epoch; null: never. */
  readonly started: number | null
}

const properties = [
  'LoadState',
  'ActiveState',
  'SubState',
  'UnitFileState',
  'Type',
  'CanReload',
  'NeedDaemonReload',
  'DropInPaths',
  'MainPID',
  'StateChangeTimestamp',
  'InactiveExitTimestamp',
]

/** Asks systemd for a unit. One that does not exist has `load: not-found`. */
export async function readUnit(name: string, system: Pick<System, 'run'>): Promise<Unit> {
  return (await ask(name, system)) ?? (await showUnit(name, system))
}

const ask = askTogether(async (names: readonly string[], system: Pick<System, 'run'>) => {
  if (names.length === 1) return new Map<string, Unit>()
  const { code, stdout } = await show(names, system)
  const blocks = stdout.trim().split('\n\n')
  // Whose question is at fault is told to them alone
  if (code !== 0 || blocks.length !== names.length) return new Map<string, Unit>()
  return new Map(names.map((name, index) => [name, parseUnit(blocks[index] ?? '')]))
})

async function showUnit(name: string, system: Pick<System, 'run'>): Promise<Unit> {
  const { code, stdout, stderr } = await show([name], system)
  if (code !== 0) throw new LocalError(`systemd does not tell about ${name}: ${stderr.trim()}`)
  return parseUnit(stdout)
}

function show(names: readonly string[], system: Pick<System, 'run'>): Promise<RunResult> {
  const argv = ['systemctl', 'show', ...names, '--timestamp=us+utc', '-p', properties.join(',')]
  return system.run(argv)
}

/** Reads the lines `Name=value` of `systemctl show`. */
export function parseUnit(text: string): Unit {
  const values = new Map(
    text.split('\n').map((line) => {
      const [name = '', ...value] = line.split('=')
      return [name, value.join('=')]
    }),
  )
  const value = (name: string) => values.get(name) ?? ''
  return {
    load: value('LoadState'),
    active: value('ActiveState'),
    sub: value('SubState'),
    file: value('UnitFileState'),
    type: value('Type'),
    canReload: value('CanReload') === 'yes',
    needsDaemonReload: value('NeedDaemonReload') === 'yes',
    dropIns: value('DropInPaths').split(' '),
    mainPid: Number(value('MainPID')) || null,
    changed: parseTimestamp(value('StateChangeTimestamp')),
    started: parseTimestamp(value('InactiveExitTimestamp')),
  }
}

/** `Fri 2024-11-22 16:01:12.123456 UTC`, as `--timestamp=us+utc` prints it; empty or n/a when unset. */
function parseTimestamp(text: string): number | null {
  const match = /(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(\.\d+)? UTC/.exec(text)
  if (match === null) return null
  // Date knows milliseconds only, and a file may be written within the same one
  return Date.parse(`${match[1]}T${match[2]}Z`) + Number(match[3] ?? 0) * 1000
}

/** True while its processes serve: also during a reload. */
export function isRunning(unit: Unit): boolean {
  return unit.active === 'active' || unit.active === 'reloading' || unit.active === 'refreshing'
}

/** True when it runs, or is about to: what `stopped` has to end. */
export function isUp(unit: Unit): boolean {
  return isRunning(unit) || unit.active === 'activating'
}

/** True when systemd starts it at boot. `enabled-runtime` is gone by then. */
export function isEnabled(unit: Unit): boolean {
  return unit.file === 'enabled' || unit.file === 'alias'
}

/** Its state for people: `failed`, `activating (auto-restart)`; null when there is no such unit. */
export function showState(unit: Unit): string | null {
  if (unit.load === 'not-found') return null
  if (isRunning(unit)) return 'started'
  if (unit.load === 'masked') return 'masked'
  if (unit.active === 'inactive') return 'stopped'
  return unit.active === unit.sub ? unit.active : `${unit.active} (${unit.sub})`
}
