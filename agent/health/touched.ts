import type { Effects, TrafficPart } from '../resources/effects.ts'
import type { FileStat } from '../system/system.ts'
import { partsOfFile, partsOfUnit } from './file-reader.ts'
import type { Readers } from './file-reader.ts'

/**
 * What a change can have broken. A real server that dies while keepalived.conf is changed is not lost
 * through the change, and rolling back would not bring it back. `network` is the firewall, the kernel's
 * settings, and everything that is not known to be something else.
 */
export type Touched = Readonly<Record<TrafficPart, boolean>>

/** What a run does to the node: by a resource that drifted, a handler, or by taking away an owned thing. */
export interface Doing {
  readonly effects: Effects
  /** What is at the path of its one file now; null: nothing, or not known. */
  readonly found: FileStat | null
}

/** What a list of changes touches. */
export function touchedBy(changes: readonly Doing[], readers: Readers): Touched {
  const parts = new Set(
    changes.flatMap(({ effects: { traffic, unit, files }, found }) => [
      ...traffic,
      ...(unit === null ? [] : partsOfUnit(unit.name, readers.scope)),
      ...files.flatMap((file) => partsOfFile(file, found, readers)),
    ]),
  )
  return {
    haproxy: parts.has('haproxy'),
    keepalived: parts.has('keepalived'),
    network: parts.has('network'),
  }
}

/** Whether a change concerns nothing that a node's health is judged by. */
export function isNothing(touched: Touched): boolean {
  return !Object.values(touched).includes(true)
}
