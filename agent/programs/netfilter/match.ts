import type { AddressRange } from '../address.ts'
import type { PortRange, TcpFlags } from './match-values.ts'
import type { Packet, ReadPacket } from './packet.ts'
import type { Condition, Rule } from './rule.ts'

/** Three-valued: a rule may depend on what isn't known here. */
export type Match = 'yes' | 'no' | 'maybe'

/** Whether a rule matches a packet. */
export function matchRule(rule: Rule, packet: ReadPacket): Match {
  let match: Match = 'yes'
  for (const condition of rule.conditions) {
    const held = holds(condition, packet)
    const wanted = condition.isNegated ? opposite(held) : held
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
      if (condition.protocol === null || read.protocol === null) return 'maybe'
      return certain(condition.protocol === read.protocol)
    case 'source':
      return anyOf(condition.ranges.map((range) => overlap(range, read.source)))
    case 'destination':
      return anyOf(condition.ranges.map((range) => overlap(range, read.destination)))
    case 'in':
      return packet.direction === 'out' ? 'no' : onInterface(condition.name, packet.interface)
    case 'out':
      return packet.direction === 'in' ? 'no' : onInterface(condition.name, packet.interface)
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
      return condition.flags === null ? 'maybe' : withFlags(condition.flags, packet)
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
function withFlags({ mask, set }: TcpFlags, { state }: Packet): Match {
  if (state !== 'NEW' && state !== 'ESTABLISHED') return 'maybe'
  const segment = state === 'NEW' ? 'SYN' : 'ACK'
  return certain(mask.every((flag) => (flag === segment) === set.includes(flag)))
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
