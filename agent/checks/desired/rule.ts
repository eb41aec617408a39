import type { Code } from '../../diagnostics/code.ts'
import type { Vars } from '../../inventory/inventory.ts'
import type { OwnChain } from '../../programs/netfilter/own-chain.ts'
import type { Remote } from '../../source/remote-address.ts'
import type { Place } from '../../system/errors.ts'
import type { Finding } from '../finding.ts'
import type { Untracked } from './untracked.ts'

/** A file as a host is to have it. */
export interface DesiredFile {
  readonly text: string
  /** Where the task that asks for it is written. */
  readonly place: Place
}

/** The desired state of one host, as data. */
export interface HostState {
  /** Its name in the inventory. */
  readonly host: string
  /** `ansible_host` first; for this node also the addresses of its facts. Names are passed over. */
  readonly addresses: readonly string[]
  /** Desired files by path. */
  readonly files: ReadonlyMap<string, DesiredFile>
  readonly firewall: readonly OwnChain[]
  /** Of the default routes of this node; left out for other hosts. */
  readonly gateways?: readonly string[]
  /** Networks that this node is in by its default routes, as `192.0.2.11/24`; left out for other hosts. */
  readonly networks?: readonly string[]
  /** What the inventory says of the host, not rendered, with places. Left out: not known. */
  readonly variables?: Vars
  /** The secret that its agent proves itself with; left out: it has none. */
  readonly peerKey?: PeerKey
  /** VRRP instances that do not follow the haproxy of this host, and nobody has said so; left out: none. */
  readonly untracked?: readonly Untracked[]
}

/** An address that the inventory gives a host, or the name that stands in its place. */
export interface HostAddress {
  readonly name: string
  readonly address: string
  readonly place: Place
}

/** `evenkeel_peer_key`, and where it is written. */
export interface PeerKey {
  readonly value: string
  readonly place: Place
}

export interface PreflightInput {
  readonly self: HostState
  /** The hosts that share a VRRP instance with this one, rendered the same way. */
  readonly peers: readonly HostState[]
  /** Of all hosts of the inventory. Default: none are known. */
  readonly hosts?: readonly HostAddress[]
  /** null when the repo is a local folder. */
  readonly remote: Remote | null
  /** Port on which people reach the node. Default 22. */
  readonly sshPort?: number
  /** Port on which agents serve evidence to each other; null: they don't. Default 9721. */
  readonly evidencePort?: number | null
}

/** One thing to know about HA, checked over the desired state. Pure. */
export interface Rule {
  readonly id: Code
  check(input: PreflightInput): readonly Finding[]
}
