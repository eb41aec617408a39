import { families, familyOfWord, parseAddressRange, parseAddressSpan } from '../address.ts'
import type { AddressRange, Family } from '../address.ts'
import { parseIcmpType, parsePortRange, parseProtocol, parseTcpFlags } from './match-values.ts'
import type { PortRange, TcpFlags } from './match-values.ts'
import { readOptions, splitRule } from './words.ts'
import type { Option } from './words.ts'

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

/** What `-j` or `-g` names. */
export interface Target {
  readonly name: string
  /** `-g`: the packet does not come back to this chain. */
  readonly isGoto: boolean
  /** Names of its options. */
  readonly options: readonly string[]
}

/** A rule as iptables understands its text. All its conditions must hold. */
export interface Rule {
  readonly text: string
  readonly conditions: readonly (Condition & { readonly isNegated: boolean })[]
  /** null for a rule that only counts. */
  readonly target: Target | null
  /** The families that it can be of: one where an address or protocol belongs to one. */
  readonly families: readonly Family[]
  /** null without `--comment`. */
  readonly comment: string | null
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
export function parseRule(text: string): Rule {
  const options = readOptions(splitRule(text) ?? [])
  const conditions: (Condition & { isNegated: boolean })[] = []
  let target: { name: string; isGoto: boolean; options: string[] } | null = null
  let comment: string | null = null
  let isTargetOpen = false
  for (const option of options) {
    const [value = ''] = option.values
    switch (option.name) {
      case '-A':
      case '--append':
        break
      case '-j':
      case '--jump':
      case '-g':
      case '--goto':
        target = { name: value, isGoto: ['-g', '--goto'].includes(option.name), options: [] }
        isTargetOpen = !plainTargets.includes(value)
        break
      case '-m':
      case '--match':
        isTargetOpen = false
        if (!judgedModules.includes(value)) conditions.push({ on: 'unknown', isNegated: false })
        break
      case '--comment':
        comment = value
        break
      default: {
        const condition = readCondition(option)
        if (condition.on !== 'unknown') {
          conditions.push({ ...condition, isNegated: option.isNegated })
        } else if (target !== null && (isTargetOpen || option.name === '--reject-with')) {
          target.options.push(option.name)
        } else {
          conditions.push({ on: 'unknown', isNegated: false })
        }
      }
    }
  }
  return {
    text,
    conditions,
    target,
    // Seldom asked
    get families() {
      const bound = new Set(options.flatMap(familiesOf))
      return families.filter((family) => bound.size === 0 || bound.has(family))
    },
    comment,
  }
}

/** The words after `-s` and `-d`, and the like. */
export function addressesOf({ name, values: [value = ''] }: Option): readonly string[] {
  return /^(-s|--source|--src|-d|--destination|--dst)$/.test(name) ? value.split(',') : []
}

/** The families that an option binds its rule to; none where it fits both. */
export function familiesOf(option: Option): readonly Family[] {
  if (/^(-p|--protocol|--proto)$/.test(option.name)) {
    const [protocol = ''] = option.values
    if (protocol === 'icmp') return ['ipv4']
    return /^(icmpv6|icmp6|ipv6-icmp)$/.test(protocol) ? ['ipv6'] : []
  }
  return addressesOf(option).flatMap((address) => familyOfWord(address) ?? [])
}

function readCondition({ name, values }: Option): Condition {
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
      return { on: 'icmp type', type: parseIcmpType(value, 'ipv4') }
    case '--icmpv6-type':
      return { on: 'icmp type', type: parseIcmpType(value, 'ipv6') }
    case '-f':
    case '--fragment':
      return { on: 'fragment' }
    default:
      return { on: 'unknown' }
  }
}
