import type { System } from '../../system/system.ts'

/** A process that serves with the unit's executable, but not within the unit. */
export interface Stray {
  readonly pid: number
  /** Its command line, for people. */
  readonly command: string
}

type Proc = Pick<System, 'list' | 'readFile' | 'readLink'>

/**
 * Finds processes of `executable` that listen on TCP and are outside the unit's cgroup. haproxy binds
 * with SO_REUSEPORT, so the kernel would hand a part of the connections to such a process without a word.
 * Not meant are checks of a configuration (`haproxy -c` never listens) and containers (another pid or
 * network namespace).
 */
export async function findStrays(
  executable: string,
  unit: string,
  system: Proc,
): Promise<readonly Stray[]> {
  const strays: Stray[] = []
  const pids = ((await system.list('/proc')) ?? []).filter((name) => /^\d+$/.test(name))
  for (const pid of pids.map(Number)) {
    if (await isStray(pid, executable, unit, system)) {
      strays.push({ pid, command: await readCommand(pid, system) })
    }
  }
  return strays
}

async function isStray(
  pid: number,
  executable: string,
  unit: string,
  system: Proc,
): Promise<boolean> {
  const exe = await system.readLink(`/proc/${pid}/exe`)
  // The kernel adds this once the file is replaced, such as by an upgrade
  if (exe?.replace(/ \(deleted\)$/, '') !== executable) return false
  if (await isInUnit(pid, unit, system)) return false
  return (await isInOurNamespaces(pid, system)) && listens(pid, system)
}

/** `pid 812 (haproxy -f /tmp/x.cfg)`. */
export function showStray({ pid, command }: Stray): string {
  return `pid ${pid} (${command})`
}

/** 5 s for a clean end: haproxy closes at SIGTERM at once. */
const patience = 5_000

/** Ends stray processes: SIGTERM, and SIGKILL to those that are still there after 5 s. */
export async function endStrays(
  executable: string,
  unit: string,
  system: Proc & Pick<System, 'run' | 'now' | 'sleep'>,
): Promise<void> {
  const deadline = system.now() + patience
  for (const { pid } of await findStrays(executable, unit, system))
    await signal('TERM', pid, system)
  for (;;) {
    const left = await findStrays(executable, unit, system)
    if (left.length === 0) return
    if (system.now() >= deadline) {
      for (const { pid } of left) await signal('KILL', pid, system)
      return
    }
    await system.sleep(100)
  }
}

/** The shell's own kill: a small Debian has no other. It fails for a process that is gone, which is fine. */
async function signal(name: string, pid: number, system: Pick<System, 'run'>): Promise<void> {
  await system.run(['sh', '-c', 'kill -s "$0" "$1"', name, String(pid)])
}

/** Whether systemd started a process for this unit: its cgroup says so. */
export async function isInUnit(pid: number, unit: string, system: Proc): Promise<boolean> {
  const lines = (await readText(`/proc/${pid}/cgroup`, system)).trim().split('\n')
  return lines.some((line) => line.split('/').includes(unit))
}

async function isInOurNamespaces(pid: number, system: Proc): Promise<boolean> {
  for (const kind of ['net', 'pid']) {
    const theirs = await system.readLink(`/proc/${pid}/ns/${kind}`)
    if (theirs !== (await system.readLink(`/proc/self/ns/${kind}`))) return false
  }
  return true
}

/** Inodes of the sockets in state LISTEN (0A) in our network namespace: proc_net(5). */
async function listeningSockets(system: Proc): Promise<ReadonlySet<string>> {
  const tables = [
    await readText('/proc/self/net/tcp', system),
    await readText('/proc/self/net/tcp6', system),
  ]
  const rows = tables.join('\n').split('\n')
  const columns = rows.map((row) => row.trim().split(/\s+/))
  return new Set(columns.filter((column) => column[3] === '0A').map((column) => column[9] ?? ''))
}

async function listens(pid: number, system: Proc): Promise<boolean> {
  const inodes = await listeningSockets(system)
  for (const descriptor of (await system.list(`/proc/${pid}/fd`)) ?? []) {
    const target = await system.readLink(`/proc/${pid}/fd/${descriptor}`)
    const inode = /^socket:\[(\d+)\]$/.exec(target ?? '')?.[1]
    if (inode !== undefined && inodes.has(inode)) return true
  }
  return false
}

async function readCommand(pid: number, system: Proc): Promise<string> {
  return (await readText(`/proc/${pid}/cmdline`, system)).replaceAll('\0', ' ').trim()
}

async function readText(path: string, system: Proc): Promise<string> {
  return new TextDecoder().decode((await system.readFile(path)) ?? new Uint8Array())
}
