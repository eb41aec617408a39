import { posix } from 'node:path'
import { command } from '../../resources/command.ts'
import type { CommandSpec } from '../../resources/command.ts'
import { copy } from '../../resources/file/copy.ts'
import type { CopySpec } from '../../resources/file/copy.ts'
import { file } from '../../resources/file/file.ts'
import type { FileSpec } from '../../resources/file/spec.ts'
import { service } from '../../resources/service/service.ts'
import type { ServiceSpec } from '../../resources/service/spec.ts'
import type { SysctlSpec } from '../../resources/sysctl/spec.ts'
import { sysctl } from '../../resources/sysctl/sysctl.ts'
import type { Desired } from '../../roles/resource.ts'
import { hostState } from '../desired/host-state.ts'
import type { DesiredFile } from '../desired/rule.ts'

/** A file as this run leaves it. */
export interface WantedFile extends DesiredFile {
  /** Permission bits. */
  readonly mode: number
}

/** What the node will have after the run, as far as node checks go. */
export interface Wanted {
  /** Name of this host in the inventory. */
  readonly host: string
  /** Its addresses, `ansible_host` first. */
  readonly addresses: readonly string[]
  readonly files: ReadonlyMap<string, WantedFile>
  /** Folders that the run makes, itself or by a command that says what it `creates`. */
  readonly folders: ReadonlySet<string>
  /** Kernel settings by path below /proc/sys. */
  readonly sysctls: ReadonlyMap<string, string>
  readonly services: readonly ServiceSpec[]
}

/** Reads the desired resources of this node. */
export function readWanted(desired: Desired): Wanted {
  const specs = (kind: unknown): readonly unknown[] =>
    desired.resources.filter((one) => one.kind === kind).map(({ spec }) => spec)
  const copies = specs(copy) as readonly CopySpec[]
  const modes = new Map(copies.map(({ dest, mode }) => [dest, mode]))
  const { host, addresses, files } = hostState(desired, true)
  const made = [
    ...copies.map(({ dest }) => posix.dirname(dest)),
    ...(specs(file) as readonly FileSpec[]).flatMap(({ path, state }) =>
      state === 'directory' ? [path] : state === 'absent' ? [] : [posix.dirname(path)],
    ),
    ...(specs(command) as readonly CommandSpec[]).flatMap(({ creates }) =>
      creates === null ? [] : [posix.dirname(creates)],
    ),
  ]
  return {
    host,
    addresses,
    files: new Map([...files].map(([path, it]) => [path, { ...it, mode: modes.get(path) ?? 0 }])),
    folders: new Set(made.flatMap(withParents)),
    sysctls: new Map(
      (specs(sysctl) as readonly SysctlSpec[]).flatMap(({ settings }) => [...settings]),
    ),
    services: specs(service) as readonly ServiceSpec[],
  }
}

/** Whether the run asks for a unit to be ended. */
export function isStopped(wanted: Wanted, unit: string): boolean {
  return wanted.services.some((one) => one.unit === unit && one.state === 'stopped')
}

function withParents(path: string): readonly string[] {
  return path === '/' ? ['/'] : [path, ...withParents(posix.dirname(path))]
}
