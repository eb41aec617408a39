import { namedClients } from '../checks/desired/client-address.ts'
import type { Step } from '../checks/desired/flow.ts'
import { haproxyPortFlows } from '../checks/desired/flows/haproxy-port.ts'
import { sshFlows } from '../checks/desired/flows/ssh.ts'
import { vrrpFlows } from '../checks/desired/flows/vrrp.ts'
import { readDesiredKeepalived } from '../checks/desired/keepalived-desired.ts'
import type { HostState } from '../checks/desired/rule.ts'
import { familyOf, isSameAddress } from '../programs/address.ts'
import type { Family } from '../programs/address.ts'
import { vipsOf } from '../programs/keepalived/config.ts'
import { ownFirewall } from '../programs/netfilter/firewall.ts'

/** What must get through the firewall of this node. */
export interface NeededTraffic {
  readonly family: Family
  /** Its packets. Names it by the first: `every new connection to "bind *:80" (…) on 192.0.2.101`. */
  readonly steps: readonly Step[]
  /**
   * Clients that rules of ours name, each for all whom they treat alike; the public is one more. null: the
   * packets name their peer.
   */
  readonly clients: readonly string[] | null
  /** Clients of haproxy meet it when it is lost. */
  readonly isServed: boolean
}

/**
 * What a host needs, as its desired state says: adverts of its VRRP instances, ssh, and the ports that haproxy
 * binds, on each VIP where it binds every address.
 */
export function neededTraffic(self: HostState, sshPort: number): readonly NeededTraffic[] {
  const input = { self, peers: [], remote: null, sshPort }
  const own = ownFirewall(self.firewall)
  const clients = {
    ipv4: [...namedClients(own, 'ipv4', self)],
    ipv6: [...namedClients(own, 'ipv6', self)],
  }
  const toNeeded = (steps: readonly Step[], isServed: boolean): readonly NeededTraffic[] => {
    const family = steps[0]?.packet.family
    return family === undefined ? [] : [{ family, steps, clients: clients[family], isServed }]
  }
  return [
    ...vrrpFlows(input)
      .flatMap(({ steps }) => toNeeded(steps, false))
      .map((needed) => ({ ...needed, clients: null })),
    ...sshFlows(input, own).flatMap(({ steps }) => toNeeded(steps, false)),
    ...haproxyPortFlows(input, own).flatMap(({ steps }) =>
      onVips(steps, self).flatMap((one) => toNeeded(one, true)),
    ),
  ]
}

/** The packets of a bind on each VIP that it serves, with the interface of the VIP; as they are where it serves none. */
function onVips(steps: readonly Step[], self: HostState): readonly (readonly Step[])[] {
  const bound = steps[0]?.packet
  const served = (readDesiredKeepalived(self)?.instances ?? []).flatMap((instance) =>
    vipsOf(instance)
      .filter((vip) =>
        bound?.destination === undefined
          ? familyOf(vip) === bound?.family
          : isSameAddress(vip, bound.destination),
      )
      .map((vip) => ({ vip, link: instance.usesVmac ? undefined : instance.interface?.value })),
  )
  if (served.length === 0) return [steps]
  return served.map(({ vip, link }) =>
    steps.map(({ what, packet, allow }) => ({
      what: bound?.destination === undefined ? `${what} on ${vip}` : what,
      packet: {
        ...packet,
        ...(packet.direction === 'in' ? { destination: vip } : { source: vip }),
        interface: link,
      },
      allow,
    })),
  )
}
