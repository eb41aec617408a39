import { everyAddress, parseAddressSpan } from '../address.ts'
import type { AddressRange, Family } from '../address.ts'
import { parseProtocol } from './match-values.ts'
import type { PortRange } from './match-values.ts'

/** A packet that this node receives, sends or passes on. What is left out may be anything. */
export interface Packet {
  readonly family: Family
  readonly direction: 'in' | 'out' | 'through'
  /** Name or number: `tcp`, `vrrp`, `51`. */
  readonly protocol?: string | undefined
  /** An address, or addresses that it is certainly among (`fe80::/10`, `10.0.0.1-10.0.0.9`). */
  readonly source?: string | undefined
  readonly destination?: string | undefined
  readonly sourcePort?: number | PortRange | undefined
  readonly destinationPort?: number | PortRange | undefined
  readonly icmpType?: number | undefined
  /** As conntrack sees it. An advert of VRRP is NEW: nobody answers it. */
  readonly state?: ConnectionState | undefined
  /** The interface it comes in or leaves by; left out: any one but `lo`. */
  readonly interface?: string | undefined
}

export const connectionStates = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'] as const
export type ConnectionState = (typeof connectionStates)[number]

/** A packet with its words read, since it meets many rules. */
export interface ReadPacket {
  readonly packet: Packet
  /** All that are possible; null for a text that is no address. */
  readonly source: AddressRange | null
  readonly destination: AddressRange | null
  /** null when it isn't known. */
  readonly protocol: number | 'all' | null
}

export function readPacket(packet: Packet): ReadPacket {
  const { family, source, destination, protocol } = packet
  const range = (text: string | undefined): AddressRange | null =>
    text === undefined ? everyAddress(family) : parseAddressSpan(text)
  return {
    packet,
    source: range(source),
    destination: range(destination),
    protocol: protocol === undefined ? null : parseProtocol(protocol),
  }
}
