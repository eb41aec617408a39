import type { Family } from '../address.ts'

/**
 * The words that rules match by, as numbers. A name that is missing here makes a rule that can't be judged,
 * never a wrong verdict.
 */

/** IP protocols (IANA's registry; Debian's /etc/protocols). */
const protocols: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  ipencap: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  icmp6: 58,
  'ipv6-icmp': 58,
  ospf: 89,
  vrrp: 112,
  carp: 112,
  l2tp: 115,
  sctp: 132,
  'ipv6-mh': 135,
  mh: 135,
  udplite: 136,
}

/** `all` and 0 are every protocol; null when the name is not known. */
export function parseProtocol(text: string): number | 'all' | null {
  const name = text.toLowerCase()
  if (name === 'all' || name === '0') return 'all'
  if (/^\d+$/.test(name)) return Number(name)
  return protocols[name] ?? null
}

/** Ports of the services that people name in rules (IANA's registry; Debian's /etc/services). */
const services: Readonly<Record<string, number>> = {
  'ftp-data': 20,
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  domain: 53,
  bootps: 67,
  bootpc: 68,
  http: 80,
  www: 80,
  kerberos: 88,
  pop3: 110,
  sunrpc: 111,
  ntp: 123,
  imap2: 143,
  snmp: 161,
  'snmp-trap': 162,
  ldap: 389,
  https: 443,
  submissions: 465,
  isakmp: 500,
  syslog: 514,
  submission: 587,
  ldaps: 636,
  'syslog-tls': 6514,
  rsync: 873,
  imaps: 993,
  pop3s: 995,
  openvpn: 1194,
  nfs: 2049,
  mysql: 3306,
  postgresql: 5432,
  x11: 6000,
  redis: 6379,
  'http-alt': 8080,
  webcache: 8080,
  git: 9418,
}

export interface PortRange {
  readonly first: number
  readonly last: number
}

/** `80`, `https`, `8000:8010`, `1024:`, `:1023`; null when a name is not known. */
export function parsePortRange(text: string): PortRange | null {
  const [from = '', to] = text.split(':')
  const first = from === '' && to !== undefined ? 0 : parsePort(from)
  const last = to === undefined ? first : to === '' ? 65535 : parsePort(to)
  return first === null || last === null ? null : { first, last }
}

/** By number (`80`, `0x50`) or name. */
function parsePort(text: string): number | null {
  if (/^(\d+|0x[0-9a-f]+)$/i.test(text)) return Number(text) <= 65535 ? Number(text) : null
  return services[text] ?? null
}

/** Types by iptables' names (RFC 792, RFC 4443, RFC 4861); the rest are judged by number alone. */
const icmpTypes: Readonly<Record<Family, Readonly<Record<string, number>>>> = {
  ipv4: {
    'echo-reply': 0,
    pong: 0,
    'destination-unreachable': 3,
    'source-quench': 4,
    redirect: 5,
    'echo-request': 8,
    ping: 8,
    'router-advertisement': 9,
    'router-solicitation': 10,
    'time-exceeded': 11,
    'parameter-problem': 12,
    'timestamp-request': 13,
    'timestamp-reply': 14,
  },
  ipv6: {
    'destination-unreachable': 1,
    'packet-too-big': 2,
    'time-exceeded': 3,
    'parameter-problem': 4,
    'echo-request': 128,
    ping: 128,
    'echo-reply': 129,
    pong: 129,
    'router-solicitation': 133,
    'router-advertisement': 134,
    'neighbour-solicitation': 135,
    'neighbor-solicitation': 135,
    'neighbour-advertisement': 136,
    'neighbor-advertisement': 136,
    redirect: 137,
  },
}

/** A type by number or name; null when it isn't known or asks for a code too (`3/4`). */
export function parseIcmpType(text: string, family: Family): number | 'any' | null {
  if (text === 'any') return 'any'
  return /^\d+$/.test(text) ? Number(text) : (icmpTypes[family][text] ?? null)
}

/** Of the flags in `mask`, exactly those in `set` must be set. */
export interface TcpFlags {
  readonly mask: readonly string[]
  readonly set: readonly string[]
}

const allFlags = ['SYN', 'ACK', 'FIN', 'RST', 'URG', 'PSH']

/** Reads the two lists of `--tcp-flags`; null when a word is not a flag. */
export function parseTcpFlags(mask: string, set: string): TcpFlags | null {
  const flags = { mask: flagList(mask), set: flagList(set) }
  const isKnown = [...flags.mask, ...flags.set].every((flag) => allFlags.includes(flag))
  return isKnown ? flags : null
}

function flagList(text: string): readonly string[] {
  const words = text.toUpperCase().split(',')
  if (words.includes('ALL')) return allFlags
  return words.filter((word) => word !== 'NONE')
}
