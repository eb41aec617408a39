import type { Family } from '../../programs/address.ts'
import type { Packet } from '../../programs/netfilter/packet.ts'

/** One packet of a flow. */
export interface Step {
  /** Names it in a sentence: `VRRP from lb2 (192.0.2.12)`. */
  readonly what: string
  readonly packet: Packet
  /** The rule that lets it through, without its chain. */
  readonly allow: string
}

/** Traffic that a node needs. */
export interface Flow {
  readonly level: 'error' | 'warning'
  /** What happens without it. */
  readonly consequence: string
  /** Its packets, with what isn't known left out. */
  readonly steps: readonly Step[]
  /** The same with each value to try for what isn't known: one that works is enough. */
  readonly attempts?: () => Iterable<readonly Step[]>
  /** Warn also when the packets may be dropped, not only when they certainly are. */
  readonly warnsOfDoubt: boolean
}

/** What lets the further packets of every connection through. */
export const allowEstablished = '-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT'

/** Ports that connections of this node leave from (net.ipv4.ip_local_port_range, the kernel's default). */
export const ephemeralPorts = { first: 32768, last: 60999 }

/** The part of a sentence that marks IPv6; IPv4 goes without saying. */
export function overFamily(family: Family): string {
  return family === 'ipv6' ? ' over IPv6' : ''
}
