import { parseAddressRange, parseAddressSpan } from '../address.ts'
import type { AddressRange, Family } from '../address.ts'
import { readOptions } from './firewall-word.ts'
import type { Option } from './firewall-word.ts'
import { parseIcmpType } from './icmp-type.ts'
import { parseProtocol } from './protocol.ts'
import { parsePort } from './service-port.ts'
import { parseTcpFlags } from './tcp-flags.ts'
import type { TcpFlags } from './tcp-flags.ts'

export interface PortRange {
  readonly first: number
  readonly last: number
}

/** What a rule asks of a packet. `null` stands for a word whose meaning isn't known here. */
export type Condition =
  | { readonly on: 'family'; readonly family: Family }
  | { readonly on: 'protocol'; readonly protocol: number | 'all' | null }
  | {
      readonly on: 'source' | 'destination'
      readonly ranges: readonly (AddressRange | null)[]
    }
  | { readonly on: 'in' | 'out'; readonly name: string }
  | {
      readonly on: 'source port' | 'destination port' | 'any port'
      readonly ranges: readonly (PortRange | null)[]
    }
  | { readonly on: 'state'; readonly states: readonly string[] }
  | { readonly on: 'tcp flags'; readonly flags: TcpFlags | null }
  | { readonly on: 'icmp type'; readonly type: number | 'any' | null }
  | { readonly on: 'fragment' }
  /** limit, set, recent, owner, string, …: depends on more than the packet. */
  | { readonly on: 'unknown' }

/** All its conditions must hold. */
export interface FirewallRule {
  readonly text: string
  readonly conditions: readonly (Condition & { readonly negated: boolean })[]
  /** What `-j` or `-g` names; null for a rule that only counts. */
  readonly target: {
    readonly name: string
    readonly goto: boolean
    readonly options: readonly string[]
  } | null
}

/** Modules whose options are all judged here, or that never fail to match. */
const judgedModules = [
  'tcp',
  'udp',
  'icmp',
  'icmp6',
  'icmpv6',
  'multiport',
  'state',
  'conntrack',
  'iprange',
  'comment',
]

/** Targets without options of their own, but `--reject-with`. */
const plainTargets = ['ACCEPT', 'DROP', 'RETURN', 'REJECT']

/**
 * Reads a rule in the user's words or in those of iptables-save: any order, long or short options, names
 * of services. What it doesn't understand becomes a condition that may or may not hold: refusing
 * wrong syntax is the kernel's part.
 */
export function parseFirewallRule(text: string, family: Family): FirewallRule {
  const conditions: (Condition & { negated: boolean })[] = []
  let target: { name: string; goto: boolean; options: string[] } | null = null
  let isTargetOpen = false
  for (const option of readOptions(text)) {
    const [value = ''] = option.values
    switch (option.name) {
      case '-A':
      case '--append':
        break
      case '-j':
      case '--jump':
      case '-g':
      case '--goto':
        target = { name: value, goto: ['-g', '--goto'].includes(option.name), options: [] }
        isTargetOpen = !plainTargets.includes(value)
        break
      case '-m':
      case '--match':
        isTargetOpen = false
        if (!judgedModules.includes(value)) conditions.push({ on: 'unknown', negated: false })
        break
      case '--comment':
        break
      default: {
        const condition = readCondition(option, family)
        if (condition.on !== 'unknown') {
          conditions.push({ ...condition, negated: option.negated })
        } else if (target !== null && (isTargetOpen || option.name === '--reject-with')) {
          target.options.push(option.name)
        } else {
          conditions.push({ on: 'unknown', negated: false })
        }
      }
    }
  }
  return { text, conditions, target }
}

function readCondition({ name, values }: Option, family: Family): Condition {
  const [value = '', second = ''] = values
  switch (name) {
    case '-4':
    case '--ipv4':
      return { on: 'family', family: 'ipv4' }
    case '-6':
    case '--ipv6':
      return { on: 'family', family: 'ipv6' }
    case '-p':
    case '--protocol':
    case '--proto':
      return { on: 'protocol', protocol: parseProtocol(value) }
    case '-s':
    case '--source':
    case '--src':
      return { on: 'source', ranges: value.split(',').map(parseAddressRange) }
    case '-d':
    case '--destination':
    case '--dst':
      return { on: 'destination', ranges: value.split(',').map(parseAddressRange) }
    case '--src-range':
      return { on: 'source', ranges: [parseAddressSpan(value)] }
    case '--dst-range':
      return { on: 'destination', ranges: [parseAddressSpan(value)] }
    case '-i':
    case '--in-interface':
      return { on: 'in', name: value }
    case '-o':
    case '--out-interface':
      return { on: 'out', name: value }
    case '--sport':
    case '--source-port':
    case '--sports':
    case '--source-ports':
      return { on: 'source port', ranges: value.split(',').map(parsePortRange) }
    case '--dport':
    case '--destination-port':
    case '--dports':
    case '--destination-ports':
      return { on: 'destination port', ranges: value.split(',').map(parsePortRange) }
    case '--ports':
      return { on: 'any port', ranges: value.split(',').map(parsePortRange) }
    case '--state':
    case '--ctstate':
      return { on: 'state', states: value.toUpperCase().split(',') }
    case '--syn':
      return { on: 'tcp flags', flags: parseTcpFlags('SYN,RST,ACK,FIN', 'SYN') }
    case '--tcp-flags':
      return { on: 'tcp flags', flags: parseTcpFlags(value, second) }
    case '--icmp-type':
    case '--icmpv6-type':
      return { on: 'icmp type', type: parseIcmpType(value, family) }
    case '-f':
    case '--fragment':
      return { on: 'fragment' }
    default:
      return { on: 'unknown' }
  }
}

/** `80`, `https`, `8000:8010`, `1024:`, `:1023`. */
function parsePortRange(text: string): PortRange | null {
  const [from = '', to] = text.split(':')
  const first = from === '' && to !== undefined ? 0 : parsePort(from)
  const last = to === undefined ? first : to === '' ? 65535 : parsePort(to)
  return first === null || last === null ? null : { first, last }
}
