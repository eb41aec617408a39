import { isSameAddress } from '../../../programs/address.ts'
import type { Finding } from '../../finding.ts'
import { readDesiredKeepalived } from '../keepalived-desired.ts'
import type { DesiredInstance } from '../keepalived-desired.ts'
import type { PreflightInput, Rule } from '../rule.ts'

/** A unicast peer that is the node itself, which `keepalived -t` accepts: adverts go nowhere. */
export const peerIsSelf: Rule = { id: 'peer-is-self', check }

function check({ self }: PreflightInput): readonly Finding[] {
  const instances = readDesiredKeepalived(self)?.instances ?? []
  return instances.flatMap((instance) =>
    instance.unicastPeers.flatMap((peer): readonly Finding[] => {
      const why = whyOwn(peer.value, self.addresses, instances)
      if (why === null) return []
      return [
        {
          rule: peerIsSelf.id,
          level: 'error',
          place: instance.place,
          message: `${instance.file}:${peer.line} unicast_peer ${peer.value} of ${instance.name} is ${self.host} itself (${why}): its adverts would not reach the other node, and both would become MASTER and hold the VIPs; name the other node's address`,
        },
      ]
    }),
  )
}

/** What makes an address one of this node; null when nothing does. */
function whyOwn(
  address: string,
  addresses: readonly string[],
  instances: readonly DesiredInstance[],
): string | null {
  for (const { name, unicastSourceIp, multicastSourceIp } of instances) {
    if (isOneOf(address, [unicastSourceIp?.value])) return `unicast_src_ip of ${name}`
    if (isOneOf(address, [multicastSourceIp?.value])) return `mcast_src_ip of ${name}`
  }
  for (const { name, virtualIpAddresses, virtualIpAddressesExcluded } of instances) {
    const virtual = [...virtualIpAddresses, ...virtualIpAddressesExcluded]
    if (
      isOneOf(
        address,
        virtual.map((vip) => vip.value.split('/')[0]),
      )
    ) {
      return `a virtual address of ${name}`
    }
  }
  return isOneOf(address, addresses) ? 'one of its addresses' : null
}

function isOneOf(address: string, others: readonly (string | undefined)[]): boolean {
  return others.some((other) => other !== undefined && isSameAddress(address, other))
}
