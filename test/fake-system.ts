import { dirname } from 'node:path'
import { formatMode } from '../agent/resources/file/mode.ts'
import { LocalError } from '../agent/system/errors.ts'
import type { FileContent, FileStat, RunResult, System } from '../agent/system/system.ts'
import { changeMachine, debianFiles, procFiles } from './fake-machine.ts'
import type { FakeFile, Machine } from './fake-machine.ts'
import { programs } from './fake-programs.ts'
import type { Outcome } from './fake-programs.ts'

/** A machine in memory, with all that was done to it. */
export interface FakeSystem extends System {
  /** One line for each write and command, in order: `write /etc/a 0644 root:root`, `run systemctl stop a`. */
  readonly done: readonly string[]
  /** The machine as it is now. */
  machine(): Machine
}

/** When the fake clock starts. `sleep` moves it, and each command by 1 ms. */
const start = Date.parse('2024-01-02T00:00:00Z')

/** A command that neither the machine nor its programs know fails the test. */
export function fakeSystem(initial: Machine): FakeSystem {
  let machine = initial
  let now = start
  const done: string[] = []
  const pending: { readonly at: number; readonly change: Machine }[] = []
  const asked = new Map<string, number>()

  function change(next: Machine): void {
    if (next.delay === undefined) machine = changeMachine(machine, next)
    else pending.push({ at: now + next.delay, change: { ...next, delay: 0 } })
  }

  function present(): ReadonlyMap<string, FakeFile> {
    const files = Object.entries({ ...debianFiles, ...procFiles(machine), ...machine.files })
    return new Map(
      files.flatMap(([path, file]) =>
        file === null ? [] : [[path, typeof file === 'string' ? { content: file } : file]],
      ),
    )
  }

  function find(path: string): FakeFile | null {
    const files = present()
    const isFolder = [...files.keys()].some((other) => other.startsWith(`${path}/`))
    return files.get(path) ?? (isFolder ? { type: 'directory' } : null)
  }

  function put(path: string, file: FakeFile | null): void {
    machine = changeMachine(machine, { files: { [path]: file } })
  }

  function putFile(path: string, file: FakeFile, mtime = now): void {
    put(path, { ...file, mtime: new Date(mtime).toISOString() })
  }

  function play(argv: readonly string[]): Outcome {
    const line = argv.join(' ')
    const given = machine.commands?.[line]
    if (given !== undefined) {
      const answers = several(given)
      const count = asked.get(line) ?? 0
      asked.set(line, count + 1)
      const { then, ...answer } = answers[Math.min(count, answers.length - 1)] ?? {}
      return { ...answer, changes: several(then) }
    }
    const [program = '', ...words] = argv
    const result = programs[program]?.(words, machine, now)
    if (!result) throw new Error(`the fake machine does not know the command: ${line}`)
    return result
  }

  return {
    done,
    machine: () => machine,

    async run(argv): Promise<RunResult> {
      now += 1
      const { code = 0, stdout = '', stderr = '', timedOut = false, reads, changes } = play(argv)
      if (reads !== true) done.push(`run ${argv.join(' ')}`)
      for (const next of several(changes)) change(next)
      const ended = timedOut ? ({ code: null, signal: 'SIGTERM' } as const) : { code, signal: null }
      return { ...ended, timedOut, stdout, stderr }
    },

    async stat(path): Promise<FileStat | null> {
      const file = find(path)
      if (file === null) return null
      const type = file.type ?? 'file'
      return {
        type,
        mode: Number.parseInt(file.mode ?? (type === 'directory' ? '0755' : '0644'), 8),
        owner: file.owner ?? 'root',
        group: file.group ?? 'root',
        size: file.content?.length ?? 0,
        mtime: Date.parse(file.mtime ?? '2024-01-01T00:00:00Z'),
      }
    },
    async inspect(path, { limit = Infinity, follows = false } = {}) {
      const file = find(path)
      const stat = await this.stat(path)
      if (file === null || stat === null) return null
      if (stat.type === 'link' && follows)
        return this.inspect(file.target ?? '', { limit, follows })
      const target = stat.type === 'link' ? (file.target ?? '') : null
      if (stat.type !== 'file') return { stat, content: null, unread: null, target }
      if (stat.size > limit) {
        return { stat, content: null, unread: `${path} is longer than ${limit} bytes`, target }
      }
      return { stat, content: new TextEncoder().encode(file.content), unread: null, target }
    },
    async readFile(path) {
      const file = find(path)
      if (file?.type === 'link') return this.readFile(file.target ?? '')
      return file?.content === undefined ? null : new TextEncoder().encode(file.content)
    },
    async list(path) {
      if (find(path)?.type !== 'directory') return null
      const below = [...present().keys()].filter((other) => other.startsWith(`${path}/`))
      return [
        ...new Set(below.map((other) => other.slice(path.length + 1).split('/')[0] ?? '')),
      ].sort()
    },
    async firmFolder(path) {
      let folder = path
      while (folder !== '/' && find(folder) === null) folder = dirname(folder)
      return folder
    },
    async readLink(path) {
      const file = find(path)
      return file?.type === 'link' ? (file.target ?? '') : null
    },

    async writeFile(path, { content, mode, owner, group, mtime }: FileContent) {
      done.push(`write ${path} ${formatMode(mode)} ${owner}:${group}`)
      const text = new TextDecoder().decode(content)
      putFile(path, { content: text, mode: formatMode(mode), owner, group }, mtime)
    },
    async setAttributes(path, wanted, expected) {
      const found = await this.inspect(path)
      if (found?.stat.type !== expected.type) return `${path} is no ${expected.type} any more`
      const isOther =
        expected.content !== undefined && !Buffer.from(found.content ?? '').equals(expected.content)
      if (isOther) return `${path} holds something else by now`
      const { owner = found.stat.owner, group = found.stat.group, mode = found.stat.mode } = wanted
      const moves = owner !== found.stat.owner || group !== found.stat.group
      if (moves) done.push(`owner ${path} ${owner}:${group}`)
      if (mode !== found.stat.mode || (moves && mode > 0o777)) {
        done.push(`mode ${path} ${formatMode(mode)}`)
      }
      put(path, { ...find(path), mode: formatMode(mode), owner, group })
      return null
    },
    async makeFolder(path, { mode = 0o755, owner = 'root', group = 'root' } = {}) {
      for (let above = dirname(path); above !== '/'; above = dirname(above)) {
        if (find(above) === null) putFile(above, { type: 'directory' })
      }
      done.push(`folder ${path} ${formatMode(mode)} ${owner}:${group}`)
      putFile(path, { type: 'directory', mode: formatMode(mode), owner, group })
    },
    async makeLink(path, target, owner = { owner: 'root', group: 'root' }) {
      done.push(`link ${path} -> ${target}`)
      putFile(path, { type: 'link', target, owner: owner.owner, group: owner.group })
    },
    async remove(path) {
      if (find(path) === null) return
      if ((await this.list(path))?.length) throw new Error(`${path} is not empty`)
      done.push(`remove ${path}`)
      put(path, null)
    },
    async writeKernel(path, value) {
      if (find(path) === null) throw new LocalError(`${path}: no such file or directory`)
      done.push(`kernel ${path} ${value}`)
      put(path, { ...find(path), content: `${value}\n` })
    },

    async ask(socket, line) {
      return machine.sockets?.[socket]?.[line] ?? null
    },
    now: () => now,
    async sleep(milliseconds) {
      now += milliseconds
      for (const due of pending.filter(({ at }) => at <= now)) {
        pending.splice(pending.indexOf(due), 1)
        machine = changeMachine(machine, due.change)
      }
    },
  }
}

/** One or more, in a list. */
function several<T extends object>(given: T | readonly T[] | undefined): readonly T[] {
  if (given === undefined) return []
  return isList(given) ? given : [given]
}

function isList<T>(given: T | readonly T[]): given is readonly T[] {
  return Array.isArray(given)
}
