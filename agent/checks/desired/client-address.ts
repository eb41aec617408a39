import { everyAddress, formatAddress, parseAddressRange } from '../../programs/address.ts'
import type { AddressRange, Family } from '../../programs/address.ts'
import type { Firewall } from '../../programs/netfilter/packet-walk.ts'
import type { HostState } from './rule.ts'

/** Addresses that no packet from outside comes from: this network, loopback, link-local, multicast, reserved. */
const neverClients = ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3', '::/127', 'fe80::/10', 'ff00::/8']
  .map(parseAddressRange)
  .filter((range) => range !== null)

/**
 * Addresses that stand for all clients that the rules tell apart, first one that no rule names. Clients that
 * the same blocks hold are treated alike; going up, what holds them changes at the first address of a
 * block or behind its last, so these are enough.
 */
export function* clientAddresses(
  firewall: Firewall,
  family: Family,
  self: HostState,
): Iterable<string> {
  const named = namedRanges(firewall, family)
  const own = self.addresses.map(parseAddressRange).filter((range) => range !== null)
  const impossible = [...neverClients, ...own].filter((range) => range.family === family)
  const all = everyAddress(family)
  const edges = [...impossible, ...named].flatMap(({ first, last }) => [first, last + 1n])
  const clients = [...new Set(edges)].filter(
    (edge) => isIn(edge, all) && !impossible.some((range) => isIn(edge, range)),
  )
  const stranger = clients.find((client) => !named.some((range) => isIn(client, range)))
  if (stranger !== undefined) yield formatAddress(stranger, family)
  for (const client of clients) {
    if (named.some((range) => isIn(client, range))) yield formatAddress(client, family)
  }
}

function namedRanges(firewall: Firewall, family: Family): readonly AddressRange[] {
  return firewall.flatMap(({ rules }) =>
    rules.flatMap(({ conditions }) =>
      conditions.flatMap((condition) =>
        condition.on === 'source' || condition.on === 'destination'
          ? condition.ranges.filter((range) => range?.family === family).filter((it) => it !== null)
          : [],
      ),
    ),
  )
}

function isIn(value: bigint, range: AddressRange): boolean {
  return value >= range.first && value <= range.last
}
