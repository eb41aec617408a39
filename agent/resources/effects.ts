import type { OwnChain } from '../programs/netfilter/own-chain.ts'

/** A part of a node that traffic depends on, and that the health gate judges by itself. */
export type TrafficPart = 'haproxy' | 'keepalived' | 'network'

/** For what may change anything: a package, a program. */
export const allTraffic: readonly TrafficPart[] = ['haproxy', 'keepalived', 'network']

/**
 * What a resource does to a node, as data: all that checks, the health gate and the store know of it, so
 * that none of them has to know its kind.
 */
export interface Effects {
  /** Paths that the task decides on, whole or in part: a change of one may be drift. */
  readonly files: readonly FileEffect[]
  /** Paths that a program makes on the way, whatever they hold: nobody compares them. */
  readonly made: readonly string[]
  /** Live kernel settings, by path below /proc/sys. */
  readonly sysctls: ReadonlyMap<string, string>
  readonly chains: readonly Omit<OwnChain, 'place'>[]
  readonly unit: UnitEffect | null
  /**
   * What it can break by itself, such as a firewall rule. What its files and its unit can break is not
   * said here: it follows from who reads the files, and from what the unit is.
   */
  readonly traffic: readonly TrafficPart[]
}

/** A path as a task leaves it. */
export interface FileEffect {
  readonly path: string
  readonly becomes: 'file' | 'directory' | 'link' | 'absent'
  /** Of a file that the task writes as a whole; null: it decides on a part, or on mode and owner alone. */
  readonly content: Uint8Array | null
  /** Permission bits; null: left as they are, or not known. */
  readonly mode: number | null
}

/** A systemd unit as a task leaves it. */
export interface UnitEffect {
  /** With its suffix: `haproxy.service`. */
  readonly name: string
  /** False: it is ended. null: left as it is. */
  readonly runs: boolean | null
  /** Files and folders that its process reads when it starts or reloads. */
  readonly reads: readonly string[]
  /** How its process proves which configuration it runs. */
  readonly fingerprint: Fingerprint | null
  /** Executable that no process outside the unit may serve with. */
  readonly exclusive: string | null
}

/** The configuration holds `setenv EVENKEEL_FINGERPRINT hex`, and haproxy's socket tells the one it runs. */
export interface Fingerprint {
  readonly file: string
  readonly socket: string
}

/** For kinds to name only what they have: `{ ...noEffects, files: […] }`. */
export const noEffects: Effects = {
  files: [],
  made: [],
  sysctls: new Map(),
  chains: [],
  unit: null,
  traffic: [],
}
