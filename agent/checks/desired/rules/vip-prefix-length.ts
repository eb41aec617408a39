import { familyOf, parseAddressRange } from '../../../programs/address.ts'
import type { Finding } from '../../finding.ts'
import { readDesiredKeepalived } from '../keepalived-desired.ts'
import type { HostState, PreflightInput, Rule } from '../rule.ts'

/**
 * A VIP written with the length of the network that the node's own address is in. Whichever of the two
 * addresses the kernel got first is the one that connections leave from, and `networkctl reconfigure`,
 * `netplan apply` or a renewed lease removes and adds the node's own: health checks then leave from the
 * VIP, and servers that let only the nodes in are down for good. With /32 or /128 that can't happen.
 */
export const vipPrefixLength: Rule = { id: 'vip-prefix-length', check }

function check({ self }: PreflightInput): readonly Finding[] {
  const instances = readDesiredKeepalived(self)?.instances ?? []
  return instances.flatMap(
    ({ name, file, place, virtualIpAddresses, virtualIpAddressesExcluded }) =>
      [...virtualIpAddresses, ...virtualIpAddressesExcluded].flatMap(({ value, line }) => {
        const own = ownNeighbour(value, self)
        if (own === null) return []
        const [address = ''] = value.split('/')
        const length = familyOf(address) === 'ipv6' ? 128 : 32
        const finding: Finding = {
          rule: vipPrefixLength.id,
          level: 'warning',
          place,
          message: `${file}:${line} VIP ${value} of ${name} is in one network with ${own}, the address of ${self.host}: after a reconfiguration of the interface connections may leave from the VIP, also those of health checks; write ${address}/${length} in keepalived_instances`,
        }
        return [finding]
      }),
  )
}

/** An address of the host, other than the VIP, in the network that the VIP names; null when there is none. */
function ownNeighbour(vip: string, { addresses }: HostState): string | null {
  const network = parseAddressRange(vip)
  const itself = parseAddressRange(vip.split('/')[0] ?? '')
  if (network === null || itself === null || network.first === network.last) return null
  const isNeighbour = (text: string): boolean => {
    const range = parseAddressRange(text)
    return (
      range?.family === network.family &&
      range.first >= network.first &&
      range.last <= network.last &&
      range.first !== itself.first
    )
  }
  return addresses.find(isNeighbour) ?? null
}
