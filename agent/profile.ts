import type { HealthScope } from './health/health-scope.ts'

/**
 * What a run has found out about this node and its place in the pair, for what runs beside the runs: the
 * watch, the evidence, the eye on the files. Kept on the disk, so that all of them work from the first
 * second after a boot.
 */
export interface Profile {
  /** Name in the inventory. */
  readonly self: string
  readonly scope: HealthScope
  /** Paths of all files, links and folders that are managed here. */
  readonly files: readonly string[]
  /** How agents prove to each other where they stand; null: the inventory gives them no key. */
  readonly evidence: EvidenceAccess | null
}

/** Where agents ask each other, and the secret that proves who they are. */
export interface EvidenceAccess {
  readonly port: number
  /** `evenkeel_peer_key` of the inventory. Never shown. */
  readonly key: string
  /** Addresses of this node to serve at: the one that its peers know (`ansible_host`). */
  readonly address: string
}
