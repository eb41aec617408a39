import { everyAddress, parseAddressRange } from '../address.ts'
import type { AddressRange, Family } from '../address.ts'
import type { Condition, FirewallRule, PortRange } from './firewall-rule.ts'
import { parseProtocol } from './protocol.ts'
import { hasTcpFlags } from './tcp-flags.ts'

/** A packet that this node receives or sends. What is left out may be anything. */
export interface Packet {
  readonly family: Family
  readonly direction: 'in' | 'out'
  /** Name or number: `tcp`, `vrrp`, `51`. */
  readonly protocol: string
  /** An address, or a block that it is certainly in (`fe80::/10`). */
  readonly source?: string | undefined
  readonly destination?: string | undefined
  readonly sourcePort?: number | PortRange | undefined
  readonly destinationPort?: number | PortRange | undefined
  readonly icmpType?: number | undefined
  /** As conntrack sees it. An advert of VRRP is NEW: nobody answers it. */
  readonly state?: 'NEW' | 'ESTABLISHED' | 'UNTRACKED' | undefined
  /** The interface it comes in or leaves by; left out: any one but `lo`. */
  readonly interface?: string | undefined
}

/** Three-valued: a rule may depend on what isn't known here. */
export type Match = 'yes' | 'no' | 'maybe'

/** A packet with its words read, since it meets many rules. */
export interface ReadPacket {
  readonly packet: Packet
  /** All that are possible; null for a text that is no address. */
  readonly source: AddressRange | null
  readonly destination: AddressRange | null
  readonly protocol: number | 'all' | null
}

export function readPacket(packet: Packet): ReadPacket {
  const { family, source, destination, protocol } = packet
  const range = (text: string | undefined): AddressRange | null =>
    text === undefined ? everyAddress(family) : parseAddressRange(text)
  return {
    packet,
    source: range(source),
    destination: range(destination),
    protocol: parseProtocol(protocol),
  }
}

/** Whether a rule matches a packet. */
export function matchRule(rule: FirewallRule, packet: ReadPacket): Match {
  let match: Match = 'yes'
  for (const condition of rule.conditions) {
    const held = holds(condition, packet)
    const wanted = condition.negated ? opposite(held) : held
    if (wanted === 'no') return 'no'
    if (wanted === 'maybe') match = 'maybe'
  }
  return match
}

function holds(condition: Condition, read: ReadPacket): Match {
  const { packet } = read
  switch (condition.on) {
    case 'family':
      return certain(condition.family === packet.family)
    case 'protocol':
      if (condition.protocol === 'all') return 'yes'
      if (condition.protocol === null) return 'maybe'
      return certain(condition.protocol === read.protocol)
    case 'source':
      return anyOf(condition.ranges.map((range) => overlap(range, read.source)))
    case 'destination':
      return anyOf(condition.ranges.map((range) => overlap(range, read.destination)))
    case 'in':
      return packet.direction === 'in' ? onInterface(condition.name, packet.interface) : 'no'
    case 'out':
      return packet.direction === 'out' ? onInterface(condition.name, packet.interface) : 'no'
    case 'source port':
      return onPort(condition.ranges, packet.sourcePort)
    case 'destination port':
      return onPort(condition.ranges, packet.destinationPort)
    case 'any port':
      return anyOf([
        onPort(condition.ranges, packet.sourcePort),
        onPort(condition.ranges, packet.destinationPort),
      ])
    case 'state':
      return inState(condition.states, packet)
    case 'tcp flags':
      return condition.flags === null || packet.state === undefined
        ? 'maybe'
        : certain(hasTcpFlags(condition.flags, segmentFlags(packet)))
    case 'icmp type':
      if (condition.type === 'any') return 'yes'
      return condition.type === null || packet.icmpType === undefined
        ? 'maybe'
        : certain(condition.type === packet.icmpType)
    case 'fragment':
      return 'no'
    default:
      return 'maybe'
  }
}

/** A first segment is a SYN; of a connection's further ones, the plain ACK stands for all. */
function segmentFlags(packet: Packet): readonly string[] {
  return packet.state === 'NEW' ? ['SYN'] : ['ACK']
}

function inState(states: readonly string[], packet: Packet): Match {
  if (packet.state === undefined) return 'maybe'
  if (states.includes(packet.state)) return 'yes'
  return states.some((state) => state === 'SNAT' || state === 'DNAT') ? 'maybe' : 'no'
}

function onInterface(name: string, actual: string | undefined): Match {
  const isPrefix = name.endsWith('+')
  const wanted = isPrefix ? name.slice(0, -1) : name
  if (wanted === '') return 'yes'
  if (actual !== undefined) return certain(isPrefix ? actual.startsWith(wanted) : actual === wanted)
  return wanted === 'lo' && !isPrefix ? 'no' : 'maybe'
}

function onPort(
  ranges: readonly (PortRange | null)[],
  port: number | PortRange | undefined,
): Match {
  if (port === undefined) return 'maybe'
  const asked = typeof port === 'number' ? { first: port, last: port } : port
  return anyOf(ranges.map((range) => (range === null ? 'maybe' : cover(range, asked))))
}

function overlap(range: AddressRange | null, asked: AddressRange | null): Match {
  if (range === null || asked === null) return 'maybe'
  return asked.family === range.family ? cover(range, asked) : 'no'
}

function cover<T extends number | bigint>(
  range: { readonly first: T; readonly last: T },
  asked: { readonly first: T; readonly last: T },
): Match {
  if (asked.last < range.first || asked.first > range.last) return 'no'
  return asked.first >= range.first && asked.last <= range.last ? 'yes' : 'maybe'
}

function anyOf(matches: readonly Match[]): Match {
  if (matches.includes('yes')) return 'yes'
  return matches.includes('maybe') ? 'maybe' : 'no'
}

function opposite(match: Match): Match {
  return match === 'maybe' ? 'maybe' : match === 'yes' ? 'no' : 'yes'
}

function certain(value: boolean): Match {
  return value ? 'yes' : 'no'
}
