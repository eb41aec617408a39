import type { System } from '../../system/system.ts'

/** A process that has a socket which something else may need. */
export interface Process {
  readonly pid: number
  /** null when it can't be told. */
  readonly executable: string | null
  /** The unit that systemd counts it to: `nginx.service`, `session-3.scope`; null for none. */
  readonly unit: string | null
  /** Its command line, for people. */
  readonly command: string
}

/** Those that still run. */
export async function readProcesses(
  pids: readonly number[],
  system: Pick<System, 'readFile' | 'readLink'>,
): Promise<ReadonlyMap<number, Process>> {
  const found = new Map<number, Process>()
  for (const pid of new Set(pids)) {
    const cgroup = await readText(`/proc/${pid}/cgroup`, system)
    if (cgroup === null) continue
    const executable = await system.readLink(`/proc/${pid}/exe`)
    const words = await readText(`/proc/${pid}/cmdline`, system)
    found.set(pid, {
      pid,
      // The kernel adds this once the file is replaced, such as by an upgrade
      executable: executable?.replace(/ \(deleted\)$/, '') ?? null,
      unit: unitOf(cgroup),
      command: (words ?? '').replaceAll('\0', ' ').trim(),
    })
  }
  return found
}

/** The innermost service or scope of a cgroup path: `0::/system.slice/nginx.service`. */
function unitOf(cgroup: string): string | null {
  const steps = cgroup.trim().split(/[\n/]/)
  return steps.findLast((step) => /\.(service|scope)$/.test(step)) ?? null
}

async function readText(path: string, system: Pick<System, 'readFile'>): Promise<string | null> {
  const content = await system.readFile(path)
  return content === null ? null : new TextDecoder().decode(content)
}
