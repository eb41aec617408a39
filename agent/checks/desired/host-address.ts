import { familyOf, parseAddressRange } from '../../programs/address.ts'
import type { Family } from '../../programs/address.ts'
import type { HostState } from './rule.ts'

/** The first address of a host in a family that others can reach it by; null when it has none. */
export function addressOf(host: HostState, family: Family): string | null {
  return host.addresses.find((it) => familyOf(it) === family && !isLocal(it)) ?? null
}

/** Whether a host has an address of this family; one of which nothing is known has IPv4. */
export function usesFamily(host: HostState, family: Family): boolean {
  return family === 'ipv4' && addressOf(host, 'ipv6') === null
    ? true
    : addressOf(host, family) !== null
}

const localRanges = ['127.0.0.0/8', '::1', 'fe80::/10'].map(parseAddressRange)

/** Loopback and link-local addresses, which nobody beyond the link can use. */
export function isLocal(address: string): boolean {
  const asked = parseAddressRange(address)
  return localRanges.some(
    (range) =>
      range !== null &&
      asked?.family === range.family &&
      asked.first >= range.first &&
      asked.last <= range.last,
  )
}
