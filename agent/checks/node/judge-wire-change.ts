import { acceptsOtherVips } from '../../programs/keepalived/version.ts'
import type { WireChange } from '../../programs/keepalived/wire-change.ts'

/** What a peer proves of its keepalived. */
export interface PeerKeepalived {
  /** Name in the inventory; its address where it has none. */
  readonly name: string
  /** It has said so a moment ago. Silence proves nothing: it counts as a keepalived that runs. */
  readonly isStopped: boolean
  /** Such as `2.2.7`; null: it does not say. */
  readonly version: string | null
  /** The commit of this run is in force there, so that its keepalived has the new settings. */
  readonly isOnCommit: boolean
  readonly answers: boolean
  /** Why it counts as one that runs with the old settings: `runs keepalived 2.2.7`. */
  readonly reason: string
}

/** Both sides of a wire: this node and its peers. */
export interface WirePeers {
  readonly peers: readonly PeerKeepalived[]
  /** Of the keepalived that runs here; null: unknown. */
  readonly version: string | null
}

/** A setting that can't change now. */
export interface WireFault {
  /** Of keepalived's configuration. */
  readonly file: string
  readonly line: number
  /** One clause. */
  readonly message: string
}

/**
 * Why what all nodes of an instance must agree on can't change on this node now: a peer runs with the old settings,
 * or may. Nothing is in the way where every peer has stopped its keepalived, or has the new settings.
 */
export function judgeWireChange(
  changes: readonly WireChange[],
  { peers, version }: WirePeers,
): readonly WireFault[] {
  const old = peers.filter(({ isStopped, isOnCommit }) => !isStopped && !isOnCommit)
  if (old.length === 0) return []
  const isLenient = [version, ...old.map((peer) => peer.version)].every(acceptsOtherVips)
  return changes
    .filter(({ isVipList }) => !(isVipList && isLenient))
    .map(({ instance, file, line, what }) => ({
      file,
      line,
      message: `${instance} would change what its nodes must agree on (${what}) on this node alone, and both sides would be MASTER and hold its VIPs: ${showAll(old)}; ${advise(old)}`,
    }))
}

function showAll(peers: readonly PeerKeepalived[]): string {
  return peers.map(({ name, reason }) => `${name} ${reason}`).join(', ')
}

/** What the README says under "What both nodes must agree on". */
function advise(old: readonly PeerKeepalived[]): string {
  const names = (some: readonly PeerKeepalived[]): string =>
    some.map(({ name }) => name).join(' and ')
  const stop = `to change it, run "evenkeel disable 'VRRP changes' && systemctl stop keepalived" on ${names(old)}, then "evenkeel converge" here, and then "evenkeel enable && evenkeel converge" there`
  const silent = old.filter(({ answers }) => !answers)
  if (silent.length === 0) return stop
  return `${stop} (the daemon of ${names(silent)} has to run and to answer meanwhile; take a node that is gone off the inventory by a commit of its own)`
}
