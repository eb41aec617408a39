import type { Family } from '../address.ts'

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
