import { everyAddress, formatAddress } from '../../programs/address.ts'
import type { AddressRange, Family } from '../../programs/address.ts'
import { allRules } from '../../programs/netfilter/firewall.ts'
import type { Firewall } from '../../programs/netfilter/firewall.ts'
import { findStranger, namedRanges, neverClientsOf } from '../../programs/netfilter/stranger.ts'
import type { HostState } from './rule.ts'

/** Addresses that stand for all clients that the rules tell apart, first one that no rule names. */
export function* clientAddresses(
  firewall: Firewall,
  family: Family,
  self: HostState,
): Iterable<string> {
  const stranger = findStranger(allRules(firewall), family, self.addresses)
  if (stranger !== null) yield stranger
  yield* namedClients(firewall, family, self)
}

/**
 * Those that rules name. Clients that the same blocks hold are treated alike; going up, what holds them changes
 * at the first address of a block or behind its last, so these are enough.
 */
export function* namedClients(
  firewall: Firewall,
  family: Family,
  self: HostState,
): Iterable<string> {
  const named = namedRanges(allRules(firewall), family)
  const impossible = neverClientsOf(family, self.addresses)
  const all = everyAddress(family)
  const edges = [...impossible, ...named].flatMap(({ first, last }) => [first, last + 1n])
  for (const edge of new Set(edges)) {
    const isClient = isIn(edge, all) && !impossible.some((range) => isIn(edge, range))
    if (isClient && named.some((range) => isIn(edge, range))) yield formatAddress(edge, family)
  }
}

function isIn(value: bigint, range: AddressRange): boolean {
  return value >= range.first && value <= range.last
}
