import { everyAddress, formatAddress, parseAddressRange } from '../address.ts'
import type { AddressRange, Family } from '../address.ts'
import type { Rule } from './rule.ts'

/** Addresses that no packet from outside comes from: this network, loopback, link-local, multicast, reserved. */
const neverClients = ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3', '::/127', 'fe80::/10', 'ff00::/8']
  .map(parseAddressRange)
  .filter((range) => range !== null)

/** Blocks that no client has an address of. @param own addresses of this node */
export function neverClientsOf(family: Family, own: readonly string[]): readonly AddressRange[] {
  const ranges = own.map(parseAddressRange).filter((range) => range !== null)
  return [...neverClients, ...ranges].filter((range) => range.family === family)
}

/** Blocks that rules name as source or destination. */
export function namedRanges(rules: readonly Rule[], family: Family): readonly AddressRange[] {
  return rules.flatMap(({ conditions }) =>
    conditions.flatMap((condition) =>
      condition.on === 'source' || condition.on === 'destination'
        ? condition.ranges.filter((range) => range?.family === family).filter((it) => it !== null)
        : [],
    ),
  )
}

/**
 * The first address of a client that none of these rules names, and so stands for the public; null when they
 * name all there are.
 * @param own addresses of this node
 */
export function findStranger(
  rules: readonly Rule[],
  family: Family,
  own: readonly string[],
): string | null {
  const { first, last } = everyAddress(family)
  const taken = [...neverClientsOf(family, own), ...namedRanges(rules, family)]
  let free = first
  for (const range of taken.sort((one, other) => (one.first < other.first ? -1 : 1))) {
    if (range.first > free) break
    if (range.last >= free) free = range.last + 1n
  }
  return free > last ? null : formatAddress(free, family)
}

/** The interfaces that rules tell apart, and one of no rule. `eth+` stands for one that begins so. */
export function namedInterfaces(rules: readonly Rule[]): readonly string[] {
  const names = rules.flatMap(({ conditions }) =>
    conditions.flatMap((it) => (it.on === 'in' || it.on === 'out' ? [it.name] : [])),
  )
  return ['(other)', ...new Set(names.filter((name) => name !== 'lo'))]
}
