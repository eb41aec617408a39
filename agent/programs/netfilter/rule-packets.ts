import { formatAddress } from '../address.ts'
import type { AddressRange, Family } from '../address.ts'
import { connectionStates } from './packet.ts'
import type { ConnectionState, Packet } from './packet.ts'
import type { Condition, Rule } from './rule.ts'

/**
 * Packets that stand for all that a rule matches: each leaves open what the rule does not ask for. What a
 * rule excludes (`!`), or asks beside the packet (a limit, a mark), is passed over, so together they stand
 * for more than it matches, never for less: what certainly happens to each of them happens to all.
 */
export function packetsOf(
  rule: Rule,
  family: Family,
  direction: Packet['direction'],
): readonly Packet[] {
  if (!rule.families.includes(family)) return []
  return rule.conditions
    .filter(({ isNegated }) => !isNegated)
    .map((condition) => choicesOf(condition, family, direction))
    .reduce<readonly Packet[]>(
      (packets, choices) => packets.flatMap((it) => choices.map((more) => ({ ...it, ...more }))),
      [{ family, direction }],
    )
}

/** One of these holds for a packet that meets the condition; none when no packet of the family can. */
function choicesOf(
  condition: Condition,
  family: Family,
  direction: Packet['direction'],
): readonly Partial<Packet>[] {
  switch (condition.on) {
    case 'family':
      return condition.family === family ? anything : []
    case 'protocol': {
      const { protocol } = condition
      return typeof protocol === 'number' ? [{ protocol: String(protocol) }] : anything
    }
    case 'source':
      return condition.ranges.map((range) => ({ source: formatRange(range) }))
    case 'destination':
      return condition.ranges.map((range) => ({ destination: formatRange(range) }))
    case 'in':
    case 'out':
      return condition.on !== direction || condition.name.endsWith('+')
        ? anything
        : [{ interface: condition.name }]
    case 'source port':
      return condition.ranges.map((range) => ({ sourcePort: range ?? undefined }))
    case 'destination port':
      return condition.ranges.map((range) => ({ destinationPort: range ?? undefined }))
    case 'state':
      return condition.states.map((state) => ({ state: isState(state) ? state : undefined }))
    case 'icmp type':
      return typeof condition.type === 'number' ? [{ icmpType: condition.type }] : anything
    default:
      return anything
  }
}

const anything: readonly Partial<Packet>[] = [{}]

function formatRange(range: AddressRange | null): string | undefined {
  if (range === null) return undefined
  return `${formatAddress(range.first, range.family)}-${formatAddress(range.last, range.family)}`
}

function isState(text: string): text is ConnectionState {
  return (connectionStates as readonly string[]).includes(text)
}
