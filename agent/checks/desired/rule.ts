import type { Place } from '../../system/errors.ts'
import type { Family } from '../../programs/address.ts'

/** A file as a host is to have it. */
export interface DesiredFile {
  readonly text: string
  /** Where the task that asks for it is written. */
  readonly place: Place
}

/** One chain of the agent's own, as a task asks for it, for one family. */
export interface FirewallChain {
  readonly family: Family
  /** `filter`, `raw`, `mangle`, … */
  readonly table: string
  readonly chain: string
  /** The chain that jumps to it: `INPUT`, `OUTPUT`, … */
  readonly parent: string
  /** In the words of iptables, without `-A CHAIN`; as the user wrote them or as iptables-save prints them. */
  readonly rules: readonly string[]
  /** Where each rule is written; left out: `place`, with the rule's index as key. */
  readonly rulePlaces?: readonly Place[]
  /** What happens to a packet that passed all rules. */
  readonly default: 'drop' | 'return'
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
  readonly firewall: readonly FirewallChain[]
  /** The secret that its agent proves itself with; left out: it has none. */
  readonly peerKey?: PeerKey
}

/** `evenkeel_peer_key`, and where it is written. */
export interface PeerKey {
  readonly value: string
  readonly place: Place
}

/** Where the config repo is fetched from. */
export interface Remote {
  /** A name or an address. */
  readonly host: string
  readonly port: number
  /** Scheme of the URL, such as `https` or `ssh`. */
  readonly protocol: string
}

export interface PreflightInput {
  readonly self: HostState
  /** The hosts that share a VRRP instance with this one, rendered the same way. */
  readonly peers: readonly HostState[]
  /** null when the repo is a local folder. */
  readonly remote: Remote | null
  /** Port on which people reach the node. Default 22. */
  readonly sshPort?: number
  /** Port on which agents serve evidence to each other; null: they don't. Default 9721. */
  readonly evidencePort?: number | null
}

/** What a rule found: an error refuses the commit, a warning is shown. */
export interface Finding {
  /** Id of the rule. */
  readonly rule: string
  readonly level: 'error' | 'warning'
  readonly place: Place
  /** One clause: what would happen and what to change; no capital, no full stop. */
  readonly message: string
}

/** One thing to know about HA, checked over the desired state. Pure. */
export interface Rule {
  /** Kebab case, as in `firewall-drops`. */
  readonly id: string
  check(input: PreflightInput): readonly Finding[]
}
