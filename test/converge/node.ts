import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { converge } from '../../agent/converge/converge.ts'
import type { DesiredCache } from '../../agent/converge/desired-cache.ts'
import { wholeRun } from '../../agent/converge/request.ts'
import type { Request } from '../../agent/converge/request.ts'
import type { Report } from '../../agent/report/report.ts'
import { findGood } from '../../agent/store/good-release.ts'
import { loadQuarantine } from '../../agent/store/quarantine.ts'
import type { Quarantine } from '../../agent/store/quarantine.ts'
import { loadState } from '../../agent/store/state.ts'
import type { State } from '../../agent/store/state.ts'
import { createSystem } from '../../agent/system/create-system.ts'
import { LocalError } from '../../agent/system/errors.ts'
import type { Paths } from '../../agent/system/paths.ts'
import type { System } from '../../agent/system/system.ts'
import { createRepo, temporaryFolder } from '../source/git-repo.ts'
import type { GitRepo } from '../source/git-repo.ts'

const hosts = 'all:\n  hosts:\n    lb1:\n      roles: [site]\n'

/** A node in a temporary folder that pulls from a config repo on this machine: one file, and a command. */
export interface TestNode {
  readonly repo: GitRepo
  readonly paths: Paths
  readonly system: System
  /** Writes agent.yml anew, with these lines added. @param url of another repo than its own */
  configure(lines: string, url?: string): void
  /** Commits the text that the file shall have. `test ARGV` runs last: it fails the run with `false`. */
  commit(text: string, argv?: string): string
  /** The same, with a command that takes some seconds, and then is not to be run again. */
  commitSlow(text: string, seconds: number): string
  /** The file on the node; null: it is not there. */
  file(): string | null
  /** Where it is. */
  readonly path: string
  /**
   * Changes the file by hand.
   * @param text null: deletes it
   * @param size bytes that it then has. Default: those of the text
   */
  drift(text?: string | null, size?: number): void
  /** Puts back by hand what the first commit had. */
  mend(): void
  run(more?: Partial<Request>): Promise<Report>
  rollBack(wanted: string): Promise<Report>
  state(): Promise<State>
  quarantine(): Promise<Quarantine>
  /** Moves the clock by minutes. */
  wait(minutes: number): void
  /** Paths of the files that were read since the last call. */
  reads(): readonly string[]
  /** What a file of the machine holds from now on, for who reads it here. */
  pretend(path: string, text: string): void
  /** While true, the disk has no room for the file. */
  fillDisk(isFull: boolean): void
  /** While true, the file can't be read. */
  breakReads(isBroken: boolean): void
  /** Called before a file is written, with its path and what it will hold. */
  beforeWrite(watch: (path: string, text: string) => Promise<void>): void
}

/** @param cache of a process that does several runs */
export function createNode(cache?: DesiredCache): TestNode {
  const folder = temporaryFolder()
  const repo = createRepo()
  const file = join(folder, 'etc', 'a.conf')
  const config = join(folder, 'agent.yml')
  const configure = (lines: string, url = repo.url): void =>
    writeFileSync(config, `repo: ${url}\nnode: lb1\n${lines}`)
  configure('')
  const paths: Paths = {
    config,
    state: join(folder, 'state'),
    run: join(folder, 'run'),
    vrrp: join(folder, 'vrrp'),
    builtInRoles: join(import.meta.dirname, '../../roles'),
  }
  mkdirSync(paths.run)
  let later = 0
  let isFull = false
  let isBroken = false
  let reads: string[] = []
  let watch = async (_path: string, _text: string): Promise<void> => {}
  const pretended = new Map<string, string>()
  const real = createSystem()
  const system: System = {
    ...real,
    now: () => Date.now() + later,
    // Other tests boot nodes on this machine, whose interfaces come and go
    list: async (folder) => (folder === '/sys/class/net' ? ['lo'] : real.list(folder)),
    async readFile(path) {
      reads.push(path)
      const text = pretended.get(path)
      return text === undefined ? real.readFile(path) : Buffer.from(text)
    },
    async inspect(path, options) {
      if (isBroken && path === file) throw new LocalError(`${path}: EIO: i/o error`)
      return real.inspect(path, options)
    },
    async writeFile(path, content) {
      await watch(path, Buffer.from(content.content).toString())
      if (isFull && path === file) {
        const cause = Object.assign(new Error('ENOSPC: no space left on device'), {
          code: 'ENOSPC',
        })
        throw new LocalError(`${path}: ${cause.message}`, { cause })
      }
      await real.writeFile(path, content)
    },
  }
  const run = async (more: Partial<Request> = {}): Promise<Report> => {
    const request = { ...wholeRun('converge', 'person'), ...more }
    const machine = { paths, system, ...(cache && { cache }) }
    return (await converge(request, machine, { on: () => {} })).report
  }
  return {
    repo,
    paths,
    system,
    configure,
    commit(text, argv = 'true') {
      const tasks = [
        `- name: The file\n  copy: {dest: ${file}, content: "${text}\\n"}\n`,
        `- name: The command\n  command: {argv: ['${argv}'], creates: ${folder}/never}\n`,
      ]
      const all = argv === 'true' ? tasks.slice(0, 1) : tasks
      return repo.commit(
        { 'inventory/hosts.yml': hosts, 'roles/site/tasks/main.yml': all.join('') },
        text,
      )
    },
    commitSlow(text, seconds) {
      const done = join(folder, `done-${text}`)
      const script = `sleep ${seconds}; touch ${done}`
      const tasks = [
        `- name: The file\n  copy: {dest: ${file}, content: "${text}\\n"}\n`,
        `- name: The command\n  command: {argv: [sh, '-c', '${script}'], creates: ${done}}\n`,
      ]
      return repo.commit(
        { 'inventory/hosts.yml': hosts, 'roles/site/tasks/main.yml': tasks.join('') },
        text,
      )
    },
    path: file,
    file: () => (existsSync(file) ? readFileSync(file, 'utf8').trim() : null),
    drift(text = 'by hand', size) {
      if (text === null) return rmSync(file)
      writeFileSync(file, `${text}\n`)
      if (size !== undefined) truncateSync(file, size)
    },
    mend: () => writeFileSync(file, 'one\n'),
    run,
    rollBack: async (wanted) =>
      run({ rollBackTo: findGood(wanted, await loadState(paths, system)) }),
    state: () => loadState(paths, system),
    quarantine: () => loadQuarantine(paths, system),
    wait: (minutes) => {
      later += minutes * 60_000
    },
    reads() {
      const found = reads
      reads = []
      return found
    },
    pretend: (path, text) => void pretended.set(path, text),
    fillDisk: (full) => {
      isFull = full
    },
    breakReads: (broken) => {
      isBroken = broken
    },
    beforeWrite: (next) => {
      watch = next
    },
  }
}
