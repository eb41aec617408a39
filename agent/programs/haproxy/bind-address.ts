import { familyOf } from '../address.ts'
import type { Family } from '../address.ts'
import { isKnown } from './words.ts'

/** Where haproxy listens, in one of the addresses that commas part. */
export type BindAddress =
  | {
      readonly type: 'internet'
      readonly protocol: 'tcp' | 'udp'
      /** Of the socket: one on `::` may take IPv4 as well. */
      readonly family: Family
      /** null for any address. */
      readonly address: string | null
      readonly first: number
      readonly last: number
    }
  /** A unix socket that has a file. */
  | { readonly type: 'file'; readonly path: string }
  /** A socket without a file or one from elsewhere, a host name, an address from a variable of unknown value. */
  | { readonly type: 'other' }

const other: BindAddress = { type: 'other' }

/** Which kind of socket stands before the `@`: [protocol, family]. */
const sockets: Readonly<Record<string, readonly [protocol: 'tcp' | 'udp', family: Family | null]>> =
  {
    'ip@': ['tcp', null],
    'ipv4@': ['tcp', 'ipv4'],
    'ipv6@': ['tcp', 'ipv6'],
    'tcp@': ['tcp', null],
    'tcp4@': ['tcp', 'ipv4'],
    'tcp6@': ['tcp', 'ipv6'],
    'mptcp@': ['tcp', null],
    'mptcp4@': ['tcp', 'ipv4'],
    'mptcp6@': ['tcp', 'ipv6'],
    'udp@': ['udp', null],
    'udp4@': ['udp', 'ipv4'],
    'udp6@': ['udp', 'ipv6'],
    'quic4@': ['udp', 'ipv4'],
    'quic6@': ['udp', 'ipv6'],
  }

/**
 * Reads one address as str2sa_range and str2ip2 in haproxy's tools.c do: `:80`, `*:80`, `192.0.2.1:80-89`,
 * `[2001:db8::1]:80`, `2001:db8::1:80` (the last colon is that of the port), `ipv6@:80`, `/run/a.sock`, …
 * @param isDatagram it is one of a `dgram-bind`
 */
export function parseBindAddress(text: string, isDatagram: boolean): BindAddress {
  if (!isKnown(text)) return other
  const [, kind = '', at = '', rest = ''] =
    /^(stream\+|dgram\+|quic\+)?([a-z0-9]+@)?(.*)$/s.exec(text) ?? []
  if (at === 'unix@' || at === 'uxst@' || at === 'uxdg@' || (at === '' && rest.startsWith('/'))) {
    return { type: 'file', path: rest }
  }
  const socket = at === '' ? (['tcp', null] as const) : sockets[at]
  const port = /^(.*):(\d+)(?:-(\d+))?$/s.exec(rest)
  if (socket === undefined || port === null) return other
  const [, host = '', first = '', last = first] = port
  const [protocol, family] = socket
  const found = readHost(host, family)
  if (found === null) return other
  const isUdp = protocol === 'udp' || isDatagram || (kind !== '' && kind !== 'stream+')
  return {
    type: 'internet',
    protocol: isUdp ? 'udp' : 'tcp',
    ...found,
    first: Number(first),
    last: Number(last),
  }
}

/** null for a name, and for an address of another family. */
function readHost(
  host: string,
  family: Family | null,
): { readonly family: Family; readonly address: string | null } | null {
  const bare = /^\[(.*)\]$/s.exec(host)?.[1] ?? host
  if (bare === '' || bare === '*') return { family: family ?? 'ipv4', address: null }
  const own = familyOf(bare)
  if (own === null || (family !== null && family !== own)) return null
  const isAny = bare === '0.0.0.0' || /^[0:]*$/.test(bare)
  return { family: own, address: isAny ? null : bare }
}
