import type { FakeAnswer, FakeUnit, Machine } from './fake-machine.ts'

/** What a command prints and changes. */
export interface Outcome extends Omit<FakeAnswer, 'then'> {
  readonly changes?: Machine | readonly Machine[]
}

/** Plays a command; null when it does not know its words. */
export type Program = (words: readonly string[], machine: Machine, now: number) => Outcome | null

/** The programs of a Debian node that kinds use, as far as kinds use them. */
export const programs: Readonly<Record<string, Program>> = {
  systemctl,
  'apt-get': aptGet,
  'dpkg-query': dpkgQuery,
  journalctl: () => ({ reads: true }),
  sh: kill,
  unshare: () => ({
    reads: true,
    code: 1,
    stderr: 'unshare: unshare failed: Operation not permitted\n',
  }),
}

function systemctl(words: readonly string[], machine: Machine, now: number): Outcome | null {
  const [verb = ''] = words
  const name = words.find((word) => word.includes('.')) ?? ''
  if (verb === 'daemon-reload') return { changes: { units: allRead(machine) } }
  const unit = machine.units?.[name]
  const properties = { ...absentUnit, ...(unit && { ...loadedUnit, ...unit.properties }) }
  if (verb === 'show') {
    const names = words.slice(
      1,
      words.findIndex((word) => word.startsWith('-')),
    )
    const shown = names.map((one) => {
      const found = machine.units?.[one]
      return printProperties({
        ...absentUnit,
        ...(found && { ...loadedUnit, ...found.properties }),
      })
    })
    return { reads: true, stdout: shown.join('\n') }
  }
  if (unit === undefined) return { code: 5, stderr: `Unit ${name} not found.\n` }
  const failure = unit.fails?.[verb]
  const set = (
    changed: Readonly<Record<string, string>>,
    more: Machine = {},
  ): readonly Machine[] => [
    { units: { [name]: { ...unit, properties: { ...properties, ...changed } } } },
    more,
  ]
  const at = showTime(now)
  if (failure !== undefined) {
    const down = { ActiveState: 'failed', SubState: 'failed', StateChangeTimestamp: at }
    return { code: 1, stderr: failure, changes: verb === 'reload' ? {} : set(down) }
  }
  const up = { ActiveState: 'active', SubState: 'running', StateChangeTimestamp: at }
  const started = { ...up, InactiveExitTimestamp: at }
  switch (verb) {
    case 'start':
      return { changes: set(started, unit.onStart) }
    case 'restart':
      return { changes: set(started, unit.onRestart ?? unit.onStart) }
    case 'reload':
      return { changes: set(up, unit.onReload) }
    case 'stop':
      return { changes: set({ ActiveState: 'inactive', SubState: 'dead' }) }
    case 'reset-failed':
      return { changes: set({ ActiveState: 'inactive', SubState: 'dead' }) }
    case 'kill':
      return { changes: set({ ActiveState: 'activating', SubState: 'auto-restart' }) }
    case 'enable':
      return {
        changes: set(properties.UnitFileState === 'static' ? {} : { UnitFileState: 'enabled' }),
      }
    case 'disable':
      return { changes: set({ UnitFileState: 'disabled' }) }
    default:
      return null
  }
}

const absentUnit = {
  LoadState: 'not-found',
  ActiveState: 'inactive',
  SubState: 'dead',
  UnitFileState: '',
  Type: '',
  CanReload: 'no',
  NeedDaemonReload: 'no',
  StateChangeTimestamp: '',
  InactiveExitTimestamp: '',
}

const loadedUnit = {
  LoadState: 'loaded',
  ActiveState: 'active',
  SubState: 'running',
  UnitFileState: 'enabled',
  Type: 'notify',
  CanReload: 'yes',
  StateChangeTimestamp: 'Mon 2024-01-01 11:00:00.000000 UTC',
  InactiveExitTimestamp: 'Mon 2024-01-01 11:00:00.000000 UTC',
}

function printProperties(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

function showTime(now: number): string {
  return `Mon ${new Date(now).toISOString().replace('T', ' ').replace('Z', '000 UTC')}`
}

function allRead({ units = {}, files = {} }: Machine): Readonly<Record<string, FakeUnit>> {
  return Object.fromEntries(
    Object.entries(units).map(([name, unit]) => {
      const dropIns = Object.keys(files).filter((path) => path.includes(`/${name}.d/`))
      const read = { NeedDaemonReload: 'no', DropInPaths: dropIns.join(' ') }
      return [name, { ...unit, properties: { ...unit.properties, ...read } }]
    }),
  )
}

function aptGet(words: readonly string[], machine: Machine): Outcome | null {
  if (words[0] === 'update') return { changes: machine.update ?? {} }
  const names = words.slice(words.indexOf('--') + 1)
  if (words[0] === 'remove') {
    return {
      changes: { packages: Object.fromEntries(names.map((name) => [name, 'config-files'])) },
    }
  }
  if (words[0] !== 'install') return null
  const unknown = names.find((name) => machine.available?.[name] === undefined)
  if (unknown !== undefined) {
    return { code: 100, stderr: `E: Unable to locate package ${unknown}\n` }
  }
  const brought = names.map((name) => machine.available?.[name] ?? {})
  const packages = Object.fromEntries(names.map((name) => [name, 'installed']))
  return { changes: [...brought, { packages }] }
}

function dpkgQuery(words: readonly string[], machine: Machine): Outcome {
  const names = words.slice(3)
  const known = names.filter((name) => machine.packages?.[name] !== undefined)
  return {
    reads: true,
    code: known.length === names.length ? 0 : 1,
    stdout: known.map((name) => `${name}\t${machine.packages?.[name]}\n`).join(''),
  }
}

/** The only script that kinds give to a shell: `sh -c 'kill -s "$0" "$1"' TERM 812`. */
function kill(words: readonly string[], machine: Machine): Outcome | null {
  const [, script, signal = '', pid = ''] = words
  if (script !== 'kill -s "$0" "$1"') return null
  const process = machine.processes?.[pid]
  if (!process) return { code: 1, stderr: 'No such process\n' }
  if (process.ignores?.includes(signal)) return {}
  return { changes: [{ processes: { [pid]: null } }, process.onExit ?? {}] }
}
