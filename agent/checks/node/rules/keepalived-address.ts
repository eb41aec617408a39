import { familyOf, isSameAddress, parseAddressRange } from '../../../programs/address.ts'
import { parseKeepalivedConfig, vipsOf } from '../../../programs/keepalived/config.ts'
import type { Located, VrrpInstance } from '../../../programs/keepalived/config.ts'
import { keepalivedConfigPath } from '../../desired/keepalived-desired.ts'
import type { Finding } from '../../finding.ts'
import { contains, isLocalAddress } from '../node-address.ts'
import type { NodeAddresses } from '../node-address.ts'
import type { NodeView } from '../node-view.ts'
import { keepalivedConcerns } from '../rule.ts'
import type { NodeRule } from '../rule.ts'
import type { Wanted } from '../wanted.ts'
import { configIdOf, wantedKeepalived } from './keepalived-track-folder.ts'

/**
 * Addresses of an instance that don't fit those of this node; `keepalived -t` accepts all of it. Started
 * with the node's own address as a VIP, keepalived 2.2 and 2.3 take that address off the interface. With
 * a unicast_src_ip that is not here, 2.2 stays in FAULT unless ip_nonlocal_bind is set; else it and 2.3
 * send from that address all the same, and hear nobody.
 */
export const keepalivedAddress: NodeRule = {
  id: 'keepalived-address',
  concerns: keepalivedConcerns,
  check(wanted, node) {
    const config = wantedKeepalived(wanted)
    const { addresses } = node
    if (config === null || addresses === null) return []
    const { instances } = parseKeepalivedConfig(config.text, configIdOf(wanted))
    const found = instances.flatMap((instance) => [
      ...judgeSource(instance, instances, wanted, node, addresses),
      ...virtual(instance).flatMap((vip) => judgeVip(vip, instance, wanted, node, addresses)),
    ])
    return found.map(({ level, line, message }) => ({
      rule: keepalivedAddress.id,
      level,
      place: config.place,
      message: `${keepalivedConfigPath}:${line} ${message}`,
    }))
  },
}

type Fault = Pick<Finding, 'level' | 'message'> & { readonly line: number }

/**
 * Where this node is to send adverts from. A machine that has neither that address nor the one that the
 * inventory gives the host may be another one that was installed by its name (a clone, a replacement, a typo):
 * it would be a further master of every VIP.
 */
function judgeSource(
  { name, line, unicastSourceIp }: VrrpInstance,
  instances: readonly VrrpInstance[],
  wanted: Wanted,
  { isTranslated }: NodeView,
  addresses: NodeAddresses,
): readonly Fault[] {
  // A VIP comes and goes: it may be away just now
  const vips = instances.flatMap(vipsOf)
  const source = unicastSourceIp?.value ?? null
  const isAway = (address: string): boolean =>
    !isLocalAddress(address, addresses) && !vips.some((vip) => isSameAddress(vip, address))
  const given = wanted.addresses.slice(0, 1).filter((address) => familyOf(address) !== null)
  const expected = [...new Set([...(source === null ? [] : [source]), ...given])]
  if (!isTranslated && expected.length > 0 && expected.every(isAway)) {
    const message = `this node has no address of ${wanted.host} (${expected.join(', ')}), which ${name} sends its adverts from: a machine that takes the place of another would be a further master and hold its VIPs; give the node that address, name its own one in the inventory (ansible_host or keepalived_ipv4_address), or say "address: any" in agent.yml where addresses are translated on the way`
    return [{ level: 'error', line: unicastSourceIp?.line ?? line, message }]
  }
  if (unicastSourceIp === null || !isAway(unicastSourceIp.value)) return []
  const message = `unicast_src_ip ${unicastSourceIp.value} of ${name} is not an address of this node: what its peers send there does not arrive unless something translates it, and then both hold the VIPs; name an address that "ip address" shows here (ansible_host)`
  return [{ level: 'warning', line: unicastSourceIp.line, message }]
}

function judgeVip(
  vip: Located<string>,
  instance: VrrpInstance,
  wanted: Wanted,
  node: NodeView,
  addresses: NodeAddresses,
): readonly Fault[] {
  const { line, value } = vip
  const address = bare(vip)
  const what = `virtual address ${value} of ${instance.name}`
  if (isOwn(address, instance, wanted)) {
    const message = `${what} is this node's own address: keepalived would take it off the interface as it starts, and the node could not be reached; give the VIP an address of its own`
    return [{ level: 'error', line, message }]
  }
  if (!value.includes('/')) return []
  const range = parseAddressRange(address)
  const network = parseAddressRange(value)
  if (range === null || network === null || instance.interface === null) return []
  const near = addresses.all.filter(({ address: own, prefix }) => {
    const subnet = isHeld(own, node, wanted) ? null : parseAddressRange(`${own}/${prefix}`)
    return subnet !== null && subnet.first !== subnet.last && contains(subnet, range)
  })
  const [first] = near
  if (first === undefined) return []
  if (near.some((one) => one.interface === instance.interface?.value)) return []
  const message = `${what} is in the network of ${first.interface} (${first.address}/${first.prefix}), and would be put on ${instance.interface.value}: nobody there would find it; set interface: ${first.interface}, or another address`
  // "dev" of the address itself isn't read here, so this is no more than a hint
  return [{ level: 'warning', line, message }]
}

/** What the inventory says of this node, or the address that it sends its adverts from. */
function isOwn(address: string, instance: VrrpInstance, wanted: Wanted): boolean {
  return [wanted.addresses[0], instance.unicastSourceIp?.value].some(
    (own) => own !== undefined && isSameAddress(own, address),
  )
}

/** It is on the interface because keepalived put it there. */
function isHeld(address: string, node: NodeView, wanted: Wanted): boolean {
  const texts = [node.keepalivedNow ?? '', wantedKeepalived(wanted)?.text ?? '']
  return texts
    .flatMap((text) => parseKeepalivedConfig(text, configIdOf(wanted)).instances)
    .flatMap(vipsOf)
    .some((vip) => isSameAddress(vip, address))
}

function virtual(instance: VrrpInstance): readonly Located<string>[] {
  return [...instance.virtualIpAddresses, ...instance.virtualIpAddressesExcluded]
}

function bare({ value }: Located<string>): string {
  return value.split('/')[0] ?? ''
}
