import { findKeepalived } from '../../programs/keepalived/running.ts'
import { LocalError } from '../../system/errors.ts'
import { readText } from '../../system/read-text.ts'
import type { System } from '../../system/system.ts'
import { keepalivedConfigPath } from '../desired/keepalived-desired.ts'
import { readFileLimit } from './file-limit.ts'
import type { FileLimit } from './file-limit.ts'
import type { FutureHaproxy } from './future-haproxy.ts'
import { readAddresses } from './node-address.ts'
import type { NodeAddress, NodeAddresses } from './node-address.ts'
import { readPaths } from './node-path.ts'
import type { NodePath } from './node-path.ts'
import { readProcesses } from './process.ts'
import type { Process } from './process.ts'
import { parseSockets } from './socket.ts'
import type { Socket } from './socket.ts'
import type { Wanted } from './wanted.ts'

export type { NodeAddress, NodePath, Process }

/** What node checks know of the node as it is; with {@link Wanted}, as it will be. */
export interface NodeView {
  /** null where `ss` is missing. */
  readonly sockets: readonly Socket[] | null
  /** Of all processes that have one of the sockets. */
  readonly processes: ReadonlyMap<number, Process>
  /** null where `ip` is missing. */
  readonly addresses: NodeAddresses | null
  /** By path, links followed; null where there is nothing. Paths that were not asked for are missing. */
  readonly paths: ReadonlyMap<string, NodePath | null>
  /** Live kernel settings by path below /proc/sys; missing where the kernel has none. */
  readonly sysctls: ReadonlyMap<string, string>
  readonly haproxy: FutureHaproxy
  /** What haproxy's process may have open. */
  readonly fileLimit: FileLimit
  /** Others may reach this node by addresses that it does not have itself (`address: any` in agent.yml). */
  readonly isTranslated: boolean
  /** keepalived.conf before this run; null when there is none, or no keepalived runs with it. */
  readonly keepalivedNow: string | null
}

const sysctlPaths = [
  'net/ipv4/ip_nonlocal_bind',
  'net/ipv6/ip_nonlocal_bind',
  'net/ipv6/bindv6only',
]

/** Reads the node; changes nothing. */
export async function observeNode(
  haproxy: FutureHaproxy,
  paths: readonly string[],
  isTranslated: boolean,
  system: System,
): Promise<NodeView> {
  const listening = await tool(['ss', '-Hlntup'], system)
  const sockets = listening === null ? null : parseSockets(listening)
  return {
    sockets,
    processes: await readProcesses(sockets?.flatMap(({ pids }) => pids) ?? [], system),
    addresses: await readAddresses((argv) => tool(argv, system)),
    paths: await readPaths(paths, system),
    sysctls: await readSysctls(system),
    haproxy,
    fileLimit: await readFileLimit(haproxy.unit, system),
    isTranslated,
    keepalivedNow: await readKeepalivedNow(system),
  }
}

/** What an operator left there says nothing of the wire, as long as no keepalived runs with it. */
async function readKeepalivedNow(system: Pick<System, 'inspect'>): Promise<string | null> {
  if ((await findKeepalived(system)) === null) return null
  return readText(keepalivedConfigPath, system)
}

/** A kernel setting as it will be; null where the kernel has none and the run sets none. */
export function settingOf(path: string, wanted: Wanted, node: NodeView): string | null {
  return wanted.sysctls.get(path) ?? node.sysctls.get(path) ?? null
}

/** Output of a program of iproute2, which a small Debian may lack. */
async function tool(argv: readonly string[], system: Pick<System, 'run'>): Promise<string | null> {
  try {
    const { code, stdout } = await system.run(argv)
    return code === 0 ? stdout : null
  } catch (error) {
    if (error instanceof LocalError) return null
    throw error
  }
}

async function readSysctls(system: Pick<System, 'inspect'>): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const path of sysctlPaths) {
    const text = await readText(`/proc/sys/${path}`, system)
    if (text !== null) found.set(path, text.trim())
  }
  return found
}
