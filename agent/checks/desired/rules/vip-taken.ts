import { isSameAddress } from '../../../programs/address.ts'
import type { Finding } from '../../finding.ts'
import { desiredVips } from '../desired-vips.ts'
import type { PreflightInput, Rule } from '../rule.ts'

/**
 * A VIP that is an address of a host of the inventory, or of this node's gateway. keepalived takes it, and the whole
 * network then finds that host on the load balancer: haproxy asks itself instead of the web server, with all checks
 * green.
 */
export const vipTaken: Rule = { id: 'vip-taken', check }

function check({ self, hosts = [] }: PreflightInput): readonly Finding[] {
  const gateways = (self.gateways ?? []).map((address) => ({ address, is: 'the default gateway' }))
  const taken = [
    ...hosts.map(({ name, address }) => ({ address, is: `an address of ${name}` })),
    ...gateways,
  ]
  return desiredVips(self).flatMap(({ address, instance, place, where }): readonly Finding[] => {
    const other = taken.find((one) => isSameAddress(one.address, address))
    if (other === undefined) return []
    const message = `${where}VIP ${address} of ${instance} is ${other.is}: its clients would reach the load balancer instead; give the VIP an address that nothing else has`
    return [{ rule: vipTaken.id, level: 'error', place, message }]
  })
}
