import { isIPv4, isIPv6 } from 'node:net'

/** IP version; iptables and ip6tables keep their rules apart. */
export type Family = 'ipv4' | 'ipv6'

export const families: readonly Family[] = ['ipv4', 'ipv6']

/** A block of addresses, both ends included, as numbers. */
export interface AddressRange {
  readonly family: Family
  readonly first: bigint
  readonly last: bigint
}

const bitsOf = { ipv4: 32, ipv6: 128 } as const

/** Family of an address; null for anything else, such as a host name. */
export function familyOf(text: string): Family | null {
  if (isIPv4(text)) return 'ipv4'
  return isIPv6(text) ? 'ipv6' : null
}

/** Family of a word that is to be an address or a block, `10/8` too, whether valid or not; null for a name. */
export function familyOfWord(text: string): Family | null {
  const [host = ''] = text.split('/')
  if (/^\d+(\.\d+){0,3}$/.test(host)) return 'ipv4'
  return host.includes(':') ? 'ipv6' : null
}

/** All addresses of a family. */
export function everyAddress(family: Family): AddressRange {
  return { family, first: 0n, last: (1n << BigInt(bitsOf[family])) - 1n }
}

/**
 * Reads an address or a block as iptables does: `10.0.0.5`, `10.0.0.0/8`, `10/8`,
 * `10.0.0.0/255.0.0.0`, `fe80::/10`; host bits are masked.
 * @returns null for a name, or a mask whose ones don't come first
 */
export function parseAddressRange(text: string): AddressRange | null {
  const slash = text.indexOf('/')
  const address = slash < 0 ? text : text.slice(0, slash)
  const mask = slash < 0 ? null : text.slice(slash + 1)
  const padded = mask !== null && /^\d+(\.\d+){0,2}$/.test(address) ? padIPv4(address) : address
  const family = familyOf(padded)
  if (family === null) return null
  const bits = bitsOf[family]
  const length = mask === null ? bits : prefixLength(mask, family)
  if (length === null) return null
  const host = (1n << BigInt(bits - length)) - 1n
  const value = addressValue(padded, family)
  const first = value - (value & host)
  return { family, first, last: first + host }
}

/** Reads `10.0.0.1-10.0.0.9`, or one address, as `-m iprange` does. */
export function parseAddressSpan(text: string): AddressRange | null {
  const [from, to, ...more] = text.split('-').map(parseAddressRange)
  if (!from || to === null || more.length > 0) return null
  if (to !== undefined && to.family !== from.family) return null
  return { family: from.family, first: from.first, last: (to ?? from).last }
}

/** Whether two texts name the same address: `fe80:0::1` and `FE80::1` do. */
export function isSameAddress(one: string, other: string): boolean {
  const a = parseAddressRange(one)
  const b = parseAddressRange(other)
  return (
    a !== null && b !== null && a.family === b.family && a.first === b.first && a.last === b.last
  )
}

/** An address as text, IPv6 without `::`. */
export function formatAddress(value: bigint, family: Family): string {
  const size = family === 'ipv4' ? 8n : 16n
  const parts: bigint[] = []
  for (let shift = BigInt(bitsOf[family]) - size; shift >= 0n; shift -= size) {
    parts.push((value >> shift) & ((1n << size) - 1n))
  }
  return family === 'ipv4' ? parts.join('.') : parts.map((part) => part.toString(16)).join(':')
}

function padIPv4(text: string): string {
  return [...text.split('.'), '0', '0', '0'].slice(0, 4).join('.')
}

function prefixLength(mask: string, family: Family): number | null {
  const bits = bitsOf[family]
  if (/^\d{1,3}$/.test(mask)) return Number(mask) <= bits ? Number(mask) : null
  if (familyOf(mask) !== family) return null
  const digits = addressValue(mask, family).toString(2).padStart(bits, '0')
  return /^1*0*$/.test(digits) ? digits.lastIndexOf('1') + 1 : null
}

function addressValue(text: string, family: Family): bigint {
  return family === 'ipv4' ? fold(text.split('.').map(Number), 8n) : fold(ipv6Groups(text), 16n)
}

function ipv6Groups(text: string): number[] {
  const plain = (text.split('%')[0] ?? '').replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (quad) => {
    const [a = 0, b = 0, c = 0, d = 0] = quad.split('.').map(Number)
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  })
  const [head = [], tail] = plain
    .split('::')
    .map((half) => (half === '' ? [] : half.split(':').map((group) => Number.parseInt(group, 16))))
  if (tail === undefined) return head
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

function fold(parts: readonly number[], bits: bigint): bigint {
  return parts.reduce((value, part) => (value << bits) | BigInt(part), 0n)
}
