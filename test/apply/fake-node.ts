import { parseSave } from '../../agent/programs/netfilter/saved-table.ts'
import type { RunOptions, RunResult, System } from '../../agent/system/system.ts'
import type { FakeFile, Machine } from '../fake-machine.ts'
import { fakeSystem } from '../fake-system.ts'

/** A fake machine with a firewall and with services that remember what they read, which can be killed. */
export interface FakeNode {
  readonly system: System
  /** How many changes were made, and how many more are allowed: at the next one the agent is killed. */
  steps(): number
  /** A new agent on the same machine, which is killed at a step, or never. */
  restart(killedAt?: number): System
  /** All that a person could tell apart: files, links, folders, units, what they run with, rules. */
  look(): Readonly<Record<string, unknown>>
}

/** Thrown at every call from the kill on: a dead process does not clean up. */
export class Killed extends Error {}

const ended = { signal: null, timedOut: false, stdout: '', stderr: '' } as const

/** @param config the file that a unit reads when it starts or reloads, by unit */
export function fakeNode(
  machine: Machine,
  firewall: string,
  config: Readonly<Record<string, string>>,
): FakeNode {
  const inner = fakeSystem(machine)
  const running: Record<string, string> = {}
  let rules = restoreRules(empty, firewall)
  let steps = 0
  let killedAt: number | null = null

  /** What changes the machine: it is killed instead of the change. */
  function change<T>(act: () => Promise<T>): Promise<T> {
    if (killedAt !== null && steps >= killedAt) throw new Killed()
    steps += 1
    return act()
  }

  async function removeTree(path: string): Promise<void> {
    for (const name of (await inner.list(path)) ?? []) await removeTree(`${path}/${name}`)
    await inner.remove(path)
  }

  async function run(argv: readonly string[], options?: RunOptions): Promise<RunResult> {
    const [program = '', ...words] = argv
    const input = String(options?.input ?? '')
    if (program === 'iptables-save') return { ...ended, code: 0, stdout: rules }
    if (program === 'unshare' && argv.join(' ').includes('iptables-restore')) {
      return { ...ended, code: 0, stdout: restoreRules(empty, input) }
    }
    if (program === 'unshare' || program === 'journalctl') return { ...ended, code: 1 }
    if (program === 'systemctl' && words[0] === 'show') return inner.run(argv, options)
    return change(async () => {
      if (program === 'iptables-restore') {
        rules = restoreRules(rules, input)
        return { ...ended, code: 0 }
      }
      if (program === 'rm') await removeTree(words.at(-1) ?? '')
      if (program === 'mv') {
        const [, from = '', to = ''] = words
        const content = await inner.readFile(from)
        if (content === null) return { ...ended, code: 1 }
        await inner.writeFile(to, { content, mode: 0o600, owner: 'root', group: 'root' })
        await inner.remove(from)
      }
      if (['rm', 'mv', 'mknod', 'systemd-run'].includes(program)) return { ...ended, code: 0 }
      if (words[1]?.endsWith('.timer')) return { ...ended, code: 0 }
      const result = await inner.run(argv, options)
      const unit = words.at(-1) ?? ''
      const reads = result.code === 0 && ['start', 'restart', 'reload'].includes(words[0] ?? '')
      const content = await inner.readFile(config[unit] ?? '/none')
      if (reads && unit in running)
        running[unit] = content === null ? '' : Buffer.from(content).toString()
      return result
    })
  }

  const system: System = {
    ...inner,
    run,
    writeFile: (path, file) => change(() => inner.writeFile(path, file)),
    setAttributes: (path, wanted, expected) =>
      change(() => inner.setAttributes(path, wanted, expected)),
    makeFolder: (path, wanted) => change(() => inner.makeFolder(path, wanted)),
    makeLink: (path, target, owner) => change(() => inner.makeLink(path, target, owner)),
    remove: (path) => change(() => inner.remove(path)),
    writeKernel: (path, value) => change(() => inner.writeKernel(path, value)),
  }

  for (const [unit, path] of Object.entries(config)) {
    const file = machine.files?.[path]
    running[unit] = typeof file === 'string' ? file : (file?.content ?? '')
  }
  return {
    system,
    steps: () => steps,
    restart(at) {
      steps = 0
      killedAt = at ?? null
      return system
    },
    look() {
      const { files = {}, units = {} } = inner.machine()
      const seen = Object.entries(files).flatMap(([path, file]) => {
        if (file === null || path.startsWith('/w/')) return []
        return [[path, withDefaults(file)] as const]
      })
      return {
        files: Object.fromEntries(seen.sort(([a], [b]) => (a < b ? -1 : 1))),
        units: Object.fromEntries(
          Object.entries(units).map(([name, { properties }]) => [
            name,
            `${properties?.['ActiveState'] ?? 'active'} ${properties?.['UnitFileState'] ?? 'enabled'}`,
          ]),
        ),
        running,
        rules,
      }
    },
  }
}

function withDefaults(given: string | FakeFile): FakeFile {
  const { mtime: _, ...file } = typeof given === 'string' ? { content: given } : given
  const mode = file.type === 'directory' ? '0755' : '0644'
  return { type: 'file', content: '', mode, owner: 'root', group: 'root', target: '', ...file }
}

const empty = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n'

/** The table after `iptables-restore --noflush`, as far as Evenkeel uses it. */
function restoreRules(before: string, input: string): string {
  const chains = new Map([...parseSave(before).chains].map(([name, list]) => [name, [...list]]))
  for (const line of input.split('\n')) {
    const [, created] = /^:(\S+)/.exec(line) ?? []
    if (created !== undefined) chains.set(created, [])
    const [, flag = '', chain = '', place, rule = ''] =
      /^-([ADIFX]) (\S+)(?: (\d+))?(?: (.*))?$/.exec(line) ?? []
    const list = chains.get(chain)
    if (flag !== '' && list === undefined) throw new Error(`no chain: ${line}`)
    if (flag === 'A') list?.push(rule)
    if (flag === 'I') list?.splice(Number(place) - 1, 0, rule)
    if (flag === 'D') {
      if (list?.includes(rule) !== true) throw new Error(`no rule: ${line}`)
      list.splice(list.indexOf(rule), 1)
    }
    if (flag === 'F') chains.set(chain, [])
    if (flag === 'X') chains.delete(chain)
  }
  const isOwn = (name: string): boolean => ['INPUT', 'FORWARD', 'OUTPUT'].includes(name)
  return [
    '*filter',
    ...[...chains.keys()].sort().map((name) => `:${name} ${isOwn(name) ? 'ACCEPT' : '-'} [0:0]`),
    ...[...chains].sort(byName).flatMap(([name, list]) => list.map((rule) => `-A ${name} ${rule}`)),
    'COMMIT\n',
  ].join('\n')
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1
}
