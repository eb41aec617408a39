import { warn } from '../diagnostics/warning.ts'
import type { Warning } from '../diagnostics/warning.ts'
import type { PeerView } from '../peers/evidence.ts'
import { isSameAddress } from '../programs/address.ts'

/** VIPs on this node's interfaces, with the moment from which each was seen, by a clock that never jumps. */
export type Held = ReadonlyMap<string, number>

/** Milliseconds: evidence that is older says nothing about now. Peers are asked each second. */
const freshness = 2_500

/** Goes on with what was held at an earlier look. */
export function holdVips(before: Held, vips: readonly string[], now: number): Held {
  return new Map(vips.map((vip) => [vip, before.get(vip) ?? now]))
}

/**
 * VIPs that are here and, by their own word, on a peer as well. What a peer said before a VIP came to this node
 * does not count: it may have given the VIP away since.
 */
export function findRivals(
  held: Held,
  peers: readonly PeerView[],
  now: number,
): readonly Warning[] {
  return [...held].flatMap(([vip, since]) => {
    const names = peers
      .filter(({ evidence, age }) => {
        if (evidence === null || age === null || age > freshness) return false
        return now - age > since && evidence.watch.vips.some((one) => isSameAddress(one, vip))
      })
      .map(({ name }) => name)
    if (names.length === 0) return []
    const sentence = `${vip} is here and on ${names.join(' and ')} at the same time: both are MASTER, and clients reach either; compare "evenkeel status" of both nodes (commit, keepalived) and see whether VRRP passes between them`
    return [warn('vrrp-two-masters', sentence)]
  })
}
