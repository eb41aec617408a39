import type { VrrpState } from '../programs/keepalived/dump.ts'
import type { FingerprintState } from '../resources/service/fingerprint.ts'

/** What is true on this node at one moment, as data: the gate compares two of these. */
export interface Health {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** null when nothing asks for haproxy on this node. */
  readonly haproxy: HaproxyHealth | null
  /** null when nothing asks for keepalived on this node. */
  readonly keepalived: KeepalivedHealth | null
  /** null while nobody has tried. */
  readonly reach: Reach | null
  /** null while nobody has looked. */
  readonly traffic: readonly TrafficHealth[] | null
}

/** `starting` includes a restart, and the pause before systemd starts a dead process again. */
export type UnitState = 'running' | 'starting' | 'stopped' | 'failed' | 'absent'

export interface HaproxyHealth {
  readonly unit: UnitState
  /** Of the worker that answers on the admin socket; null: nobody does. */
  readonly pid: number | null
  readonly fingerprint: FingerprintState
  /** Connections now and at most; null while nobody answers. */
  readonly connections: { readonly current: number; readonly limit: number } | null
  /** What haproxy.cfg on disk wants haproxy to listen on. */
  readonly binds: readonly BindHealth[]
  /** null while haproxy does not list them. */
  readonly backends: readonly BackendHealth[] | null
  /** Milliseconds in which every server has been checked twice after a reload. */
  readonly checkTime: number
}

export interface BindHealth {
  /** As written in haproxy.cfg: `*:80`. */
  readonly name: string
  /** Whether a socket of the unit's processes listens there. */
  readonly isListening: boolean
}

export interface BackendHealth {
  readonly name: string
  readonly servers: readonly ServerHealth[]
}

export interface ServerHealth {
  readonly name: string
  /** haproxy's word: `UP`, `UP 3/5`, `DOWN`, `MAINT`, `no check`, …. */
  readonly status: string
  /**
   * How the last check ended. `none`: the server has no checks; `pending`: not checked yet; `restored`: what
   * an earlier worker found, which haproxy shows like a check of its own.
   */
  readonly check: 'none' | 'pending' | 'restored' | 'passed' | 'failed'
  /** For people: `L4CON, Connection refused`. */
  readonly lastCheck: string
  /** Checks that failed in a row while the server still counts as up. */
  readonly failures: number
  /** Milliseconds after which what it shows comes from a check that began later than now. */
  readonly freshAfter: number
  /** A person or a program put it in maintenance on the running haproxy. */
  readonly isForced: boolean
}

export interface KeepalivedHealth {
  readonly unit: UnitState
  /** What keepalived.conf on disk asks for; null when there is no such file. */
  readonly wanted: readonly WantedInstance[] | null
  /** What runs; null when keepalived does not tell. */
  readonly instances: readonly InstanceHealth[] | null
  /** All addresses on the interfaces of this node. */
  readonly addresses: readonly string[]
  /** Why the watch keeps the VIPs away from this node by a FAULT; null: it does not. */
  readonly heldBack: string | null
  /** VIPs that are on a peer by its own word of this moment; null: not every peer tells. */
  readonly elsewhere: readonly string[] | null
}

/** What a running instance must have in common with the file. null is not compared. */
export interface WantedInstance {
  readonly name: string
  readonly virtualRouterId: number | null
  readonly priority: number | null
  /** Without prefix length. */
  readonly vips: readonly string[]
}

export interface InstanceHealth {
  readonly name: string
  readonly state: VrrpState
  readonly virtualRouterId: number
  readonly basePriority: number
  readonly effectivePriority: number
  readonly vips: readonly string[]
  /** Milliseconds between two adverts. */
  readonly advertInterval: number
  /** Counters since keepalived started. */
  readonly advertsReceived: number
  /** Adverts that were thrown away, since their VIPs or their password are not ours. */
  readonly advertsRefused: number
  readonly timesMaster: number
  /** Adverts by which a master gave its VIPs away. */
  readonly resignationsHeard: number
  /** What the counters did while the baseline watched; null when it did not. */
  readonly watched: { readonly received: number; readonly refused: number } | null
}

/** Whom this node reaches. */
export interface Reach {
  /** null when there is no remote, or nobody could tell. */
  readonly remote: boolean | null
  readonly peers: readonly { readonly name: string; readonly isReachable: boolean | null }[]
}

/** Traffic that this node needs, of one client, in the rules that run. */
export interface TrafficHealth {
  /** Names it, the same at each look. */
  readonly what: string
  /** Whom rules of ours name, for all whom they treat alike; null: the public, or a peer that `what` names. */
  readonly client: string | null
  /** Clients of haproxy meet it when it is lost. */
  readonly isServed: boolean
  /** What certainly drops it; null: nothing does, as far as can be known. */
  readonly dropped: Drop | null
}

export interface Drop {
  /** The packets: `the answers of "bind *:80" (/etc/haproxy/haproxy.cfg:12)`. */
  readonly what: string
  /** `"-j DROP", rule 2 of LOGGING`. */
  readonly by: string
  /** A rule of our own drops it: the commit says so, and preflight has judged that. */
  readonly isOwn: boolean
  /** Two looks in a row have found it: a program that loads its rules anew passes through drops of everything. */
  readonly isConfirmed: boolean
}
