import { posix } from 'node:path'
import type { Effects, UnitEffect } from '../../resources/effects.ts'
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
  /** Folders that the run makes, itself or by a program that says what it makes. */
  readonly folders: ReadonlySet<string>
  /** Kernel settings by path below /proc/sys. */
  readonly sysctls: ReadonlyMap<string, string>
  readonly units: readonly UnitEffect[]
}

/** Reads the desired resources of this node. */
export function readWanted(desired: Desired): Wanted {
  const { host, addresses, files } = hostState(desired, true)
  const effects = desired.resources.map((one) => one.effects)
  const whole = effects.flatMap((one) => one.files).filter(({ content }) => content !== null)
  const modes = new Map(whole.map(({ path, mode }) => [path, mode]))
  return {
    host,
    addresses,
    files: new Map([...files].map(([path, it]) => [path, { ...it, mode: modes.get(path) ?? 0 }])),
    folders: new Set(effects.flatMap(foldersMade).flatMap(withParents)),
    sysctls: new Map(effects.flatMap(({ sysctls }) => [...sysctls])),
    units: effects.flatMap(({ unit }) => unit ?? []),
  }
}

function foldersMade({ files, made }: Effects): readonly string[] {
  const below = made.map((path) => posix.dirname(path))
  const own = files
    .filter(({ becomes }) => becomes !== 'absent')
    .map(({ path, becomes }) => (becomes === 'directory' ? path : posix.dirname(path)))
  return [...own, ...below]
}

/** Whether the run asks for a unit to be ended. */
export function isStopped(wanted: Wanted, unit: string): boolean {
  return wanted.units.some(({ name, runs }) => name === unit && runs === false)
}

function withParents(path: string): readonly string[] {
  return path === '/' ? ['/'] : [path, ...withParents(posix.dirname(path))]
}
