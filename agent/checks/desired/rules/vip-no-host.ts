import { parseAddressRange } from '../../../programs/address.ts'
import type { AddressRange } from '../../../programs/address.ts'
import type { Finding } from '../../finding.ts'
import { desiredVips } from '../desired-vips.ts'
import type { DesiredVip } from '../desired-vips.ts'
import type { PreflightInput, Rule } from '../rule.ts'

/**
 * A VIP that no host can have: the address of a network or its broadcast address, multicast, loopback. keepalived adds
 * most of them without a word, and nobody reaches them.
 */
export const vipNoHost: Rule = { id: 'vip-no-host', check }

const special: readonly (readonly [AddressRange | null, string])[] = [
  [parseAddressRange('0.0.0.0/8'), 'no address of a host'],
  [parseAddressRange('127.0.0.0/8'), 'an address of the loopback interface'],
  [parseAddressRange('224.0.0.0/4'), 'a multicast address'],
  [parseAddressRange('255.255.255.255'), 'the broadcast address'],
  [parseAddressRange('::'), 'no address of a host'],
  [parseAddressRange('::1'), 'the address of the loopback interface'],
  [parseAddressRange('ff00::/8'), 'a multicast address'],
]

function check({ self }: PreflightInput): readonly Finding[] {
  return desiredVips(self).flatMap((vip): readonly Finding[] => {
    const is = faultOf(vip, self.networks ?? [])
    if (is === null) return []
    const { where, address, instance, place } = vip
    const message = `${where}VIP ${address} of ${instance} is ${is}: nobody would reach it; give the VIP an address of a host`
    return [{ rule: vipNoHost.id, level: 'error', place, message }]
  })
}

function faultOf({ value, address }: DesiredVip, networks: readonly string[]): string | null {
  const itself = parseAddressRange(address)
  if (itself === null) return null
  const [, is] = special.find(([range]) => contains(range, itself)) ?? []
  if (is !== undefined) return is
  for (const network of [value, ...networks]) {
    const range = parseAddressRange(network)
    // Of two addresses or one, each is a host's (RFC 3021, RFC 6164)
    if (range === null || !contains(range, itself) || range.last - range.first < 2n) continue
    if (itself.first === range.first) return `the address of the network ${network}`
    if (itself.first === range.last && range.family === 'ipv4') {
      return `the broadcast address of the network of ${network}`
    }
  }
  return null
}

function contains(range: AddressRange | null, { family, first }: AddressRange): boolean {
  return range?.family === family && first >= range.first && first <= range.last
}
