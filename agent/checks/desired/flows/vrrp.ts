import { familyOf, isSameAddress } from '../../../programs/address.ts'
import type { Packet } from '../../../programs/netfilter/packet.ts'
import type { Flow } from '../flow.ts'
import { addressOf } from '../host-address.ts'
import { readDesiredKeepalived } from '../keepalived-desired.ts'
import type { DesiredInstance } from '../keepalived-desired.ts'
import type { HostState, PreflightInput } from '../rule.ts'

const consequence = 'both nodes would become MASTER and hold the VIPs'

/**
 * Adverts of each peer to this node and back. Without them a backup takes the VIPs of a master that
 * is alive.
 */
export function vrrpFlows({ self, peers }: PreflightInput): readonly Flow[] {
  const instances = readDesiredKeepalived(self)?.instances ?? []
  return instances.flatMap((instance) =>
    instance.unicastPeers.length > 0
      ? instance.unicastPeers.flatMap((peer) => unicastFlows(instance, peer.value, peers))
      : multicastFlows(instance, peers),
  )
}

function unicastFlows(
  instance: DesiredInstance,
  peer: string,
  peers: readonly HostState[],
): readonly Flow[] {
  if (familyOf(peer) === null) return []
  const host = peers.find((it) => ownsAddress(it, peer))
  const name = host === undefined ? peer : `${host.host} (${peer})`
  const own = instance.unicastSourceIp?.value
  const { protocol, common } = advert(instance)
  const incoming = vrrpFlow(
    `VRRP from ${name}`,
    { ...common, direction: 'in', source: peer, destination: own },
    `-p ${protocol} -s ${peer} -j ACCEPT`,
  )
  const outgoing = vrrpFlow(
    `VRRP to ${name}`,
    { ...common, direction: 'out', source: own, destination: peer },
    `-p ${protocol} -d ${peer} -j ACCEPT`,
  )
  // Without unicast_src_ip it is the interface's address, which isn't known here.
  return [incoming, outgoing].map((flow) => ({ ...flow, warnsOfDoubt: own !== undefined }))
}

/**
 * Adverts to the group. The source is the interface's address, which is known only where the
 * peer's configuration names it; its ansible_host is no more than a guess, worth a warning.
 */
function multicastFlows(instance: DesiredInstance, peers: readonly HostState[]): readonly Flow[] {
  const { protocol, common } = advert(instance)
  const group = instance.multicastGroup
  const allow = `-p ${protocol} -d ${group} -j ACCEPT`
  const own = (instance.multicastSourceIp ?? instance.unicastSourceIp)?.value
  const leaving = { ...common, direction: 'out', source: own, destination: group } as const
  const out = {
    ...vrrpFlow(`VRRP to the group ${group}`, leaving, allow),
    warnsOfDoubt: own !== undefined,
  }
  const sharing = peers.flatMap((peer) => {
    const theirs = readDesiredKeepalived(peer)?.instances ?? []
    const other = theirs.find(
      (it) =>
        it.family === instance.family &&
        it.virtualRouterId?.value === instance.virtualRouterId?.value,
    )
    return other === undefined ? [] : [{ peer, other }]
  })
  const incoming = { ...common, direction: 'in', destination: group } as const
  if (sharing.length === 0) {
    const any = vrrpFlow(`every VRRP packet to the group ${group}`, incoming, allow)
    return [{ ...any, warnsOfDoubt: false }, out]
  }
  const arriving = sharing.flatMap(({ peer, other }): readonly Flow[] => {
    const named = (other.multicastSourceIp ?? other.unicastSourceIp)?.value
    const source = named ?? (instance.family === 'ipv6' ? 'fe80::/10' : undefined)
    const guess = addressOf(peer, instance.family)
    const what = `VRRP from ${peer.host} (${named ?? guess ?? 'by multicast'})`
    const certain = {
      ...vrrpFlow(what, { ...incoming, source }, allow),
      warnsOfDoubt: named !== undefined,
    }
    if (source !== undefined || guess === null) return [certain]
    return [certain, { ...vrrpFlow(what, { ...incoming, source: guess }, allow), level: 'warning' }]
  })
  return [...arriving, out]
}

function vrrpFlow(what: string, packet: Packet, allow: string): Flow {
  return { level: 'error', consequence, steps: [{ what, packet, allow }], warnsOfDoubt: true }
}

function advert(instance: DesiredInstance): {
  readonly protocol: string
  readonly common: Omit<Packet, 'direction'>
} {
  // By number: minimal systems have no /etc/protocols, and iptables then knows no vrrp.
  const protocol = instance.usesAuthenticationHeader ? '51' : '112'
  const link = instance.usesVmac ? undefined : instance.interface?.value
  return { protocol, common: { family: instance.family, protocol, state: 'NEW', interface: link } }
}

function ownsAddress(host: HostState, address: string): boolean {
  const sources =
    readDesiredKeepalived(host)?.instances.map((it) => it.unicastSourceIp?.value) ?? []
  return [...host.addresses, ...sources].some(
    (own) => own !== undefined && isSameAddress(own, address),
  )
}
