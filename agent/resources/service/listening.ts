import { isIPv4, isIPv6 } from 'node:net'
import * as v from 'valibot'

/** A socket that the process of a unit must have open, exactly: `udp 127.0.0.1:514`. */
export interface Listener {
  readonly protocol: 'tcp' | 'udp'
  /** IPv4 or IPv6. 0.0.0.0 and :: are addresses of their own: a process on them hears more than it should. */
  readonly address: string
  readonly port: number
}

const form = /^(tcp|udp) (?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d+)$/

/** `udp 127.0.0.1:514`, `tcp [::1]:80`. */
export const listener = v.pipe(
  v.string(),
  v.check(
    (given) => parseListener(given) !== null,
    (issue) =>
      `expected a socket such as "udp 127.0.0.1:514" or "tcp [::1]:80", got ${issue.received}`,
  ),
  v.transform((given) => parseListener(given) as Listener),
)

function parseListener(given: string): Listener | null {
  const [, protocol, v6 = '', v4 = '', port] = form.exec(given) ?? []
  const isAddress = v6 === '' ? isIPv4(v4) : isIPv6(v6)
  if (!isAddress || Number(port) < 1 || Number(port) > 65535) return null
  return { protocol: protocol === 'tcp' ? 'tcp' : 'udp', address: v6 || v4, port: Number(port) }
}

/** `udp 127.0.0.1:514`. */
export function showListener({ protocol, address, port }: Listener): string {
  return `${protocol} ${isIPv6(address) ? `[${address}]` : address}:${port}`
}

/** The file of /proc/self/net that has a listener's socket. */
export function tableOf({ protocol, address }: Listener): string {
  return `/proc/self/net/${protocol}${isIPv6(address) ? '6' : ''}`
}

/**
 * Inodes of the sockets of a listener. TCP ones are in state LISTEN (0A), UDP ones not connected (07).
 * Columns, and addresses as 32-bit words in the CPU's byte order: proc_net(5).
 * @param table text of {@link tableOf}
 */
export function findInodes(table: string, listener: Listener): readonly string[] {
  const port = listener.port.toString(16).toUpperCase().padStart(4, '0')
  const local = `${kernelAddress(listener.address)}:${port}`
  const state = listener.protocol === 'tcp' ? '0A' : '07'
  return table
    .split('\n')
    .map((row) => row.trim().split(/\s+/))
    .filter((columns) => columns[1] === local && columns[3] === state)
    .flatMap((columns) => columns[9] ?? [])
}

/** An address as /proc shows it on a little-endian CPU, which is all that our Node runs on. */
function kernelAddress(address: string): string {
  const bytes = isIPv4(address) ? address.split('.').map(Number) : bytesOfIPv6(address)
  const words = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.slice(i * 4, i * 4 + 4))
  return words
    .flatMap((word) => word.toReversed())
    .map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'))
    .join('')
}

function bytesOfIPv6(address: string): readonly number[] {
  // URL writes the last two groups in hex where they were written as IPv4
  const [, plain = ''] = /^\[(.*)\]$/.exec(new URL(`http://[${address}]`).hostname) ?? []
  const [head = [], tail = []] = plain
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''))
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return [...head, ...zeros, ...tail].flatMap((group) => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 255]
  })
}
