import type { Hold } from '../programs/keepalived/hold-file.ts'
import type { VrrpState } from '../programs/keepalived/keepalived-dump.ts'

/** What the watch knows of haproxy at the moment. */
export type HaproxyVerdict =
  /** Nothing asks for haproxy on this node, or `watch: off`. */
  | 'unwatched'
  | 'up'
  /** A start or a planned reload goes on. */
  | 'starting'
  /** Answers, and has as many connections as it takes. */
  | 'saturated'
  /** Runs and does not answer. */
  | 'wedged'
  /** Answers, and does not listen where haproxy.cfg says. */
  | 'deaf'
  | 'dead'

/** Where the watch stands, for status, evidence and page. */
export interface WatchStatus {
  readonly haproxy: HaproxyVerdict
  /** One sentence: what is so, why, and what is done about it. */
  readonly sentence: string
  /** Milliseconds since the epoch: since when the verdict holds. */
  readonly since: number
  /** Whether this node could take or keep the VIPs: haproxy serves, keepalived runs, nobody holds it back. */
  readonly isReady: boolean
  /** null: keepalived does not tell, or nothing asks for it here. */
  readonly instances: readonly InstanceStatus[] | null
  /** VIPs that are on this node's interfaces. */
  readonly vips: readonly string[]
  /** Who keeps the VIPs away from this node, and how. */
  readonly holds: readonly Hold[]
}

export interface InstanceStatus {
  readonly name: string
  readonly state: VrrpState
  readonly effectivePriority: number
}
