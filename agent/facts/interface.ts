import type { NetworkInterfaceInfo } from 'node:os'

/** One IPv4 address, in Ansible's words: the prefix is text. */
export interface Ipv4 {
  readonly address: string
  readonly netmask: string
  readonly prefix: string
  readonly network: string
  /** Worked out from the network, not read. Empty where there is none: loopback, /31 and /32. */
  readonly broadcast: string
}

/** One IPv6 address, in Ansible's words. */
export interface Ipv6 {
  readonly address: string
  readonly prefix: string
  readonly scope: 'global' | 'link' | 'host'
}

/** A network interface, in Ansible's words. */
export interface InterfaceFacts {
  readonly device: string
  readonly active: boolean
  readonly mtu: number
  readonly macaddress?: string
  /** The first address that is no VIP; left out where there are VIPs alone. */
  readonly ipv4?: Ipv4
  readonly ipv4_secondaries?: readonly Ipv4[]
  readonly ipv6?: readonly Ipv6[]
}

/** What /sys/class/net says of an interface. */
export interface Link {
  readonly device: string
  readonly mtu: string
  readonly address: string
  readonly operstate: string
}

/**
 * The kernel lists IPv4 addresses oldest first and IPv6 ones newest first. A VIP mostly came later than the
 * node's own address, but not after that was removed and added (`networkctl reconfigure`, a renewed lease):
 * so VIPs are put where the latest addresses are.
 * @param addresses of this interface, in the kernel's order
 * @param vips what keepalived adds to interfaces of this node
 */
export function interfaceFacts(
  link: Link,
  addresses: readonly NetworkInterfaceInfo[],
  vips: ReadonlySet<string>,
): InterfaceFacts {
  const mac = link.address.trim()
  const isVip = ({ address }: { readonly address: string }): boolean => vips.has(address)
  const all4 = addresses.flatMap((it) => (it.family === 'IPv4' ? [toIpv4(it)] : []))
  const [ipv4, ...others] = all4.filter((it) => !isVip(it))
  const secondaries = [...others, ...all4.filter(isVip)]
  const all6 = addresses.flatMap((it) => (it.family === 'IPv6' ? [toIpv6(it)] : []))
  const ipv6 = [...all6.filter(isVip), ...all6.filter((it) => !isVip(it))]
  return {
    device: link.device,
    active: link.operstate.trim() !== 'down',
    mtu: Number(link.mtu),
    ...(mac === '' || mac === '00:00:00:00:00:00' ? {} : { macaddress: mac }),
    ...(ipv4 === undefined ? {} : { ipv4 }),
    ...(secondaries.length === 0 ? {} : { ipv4_secondaries: secondaries }),
    ...(ipv6.length === 0 ? {} : { ipv6 }),
  }
}

function toIpv4({ address, netmask, cidr, internal }: NetworkInterfaceInfo): Ipv4 {
  const prefix = prefixOf(cidr)
  const network = toNumber(address) & toNumber(netmask)
  const hasBroadcast = !internal && Number(prefix) < 31
  const broadcast = hasBroadcast ? toAddress(network | ~toNumber(netmask)) : ''
  return { address, netmask, prefix, network: toAddress(network), broadcast }
}

function toIpv6({ address, cidr }: NetworkInterfaceInfo): Ipv6 {
  const scope = address === '::1' ? 'host' : /^fe[89ab]/.test(address) ? 'link' : 'global'
  return { address, prefix: prefixOf(cidr), scope }
}

function prefixOf(cidr: string | null): string {
  return cidr?.split('/')[1] ?? ''
}

/** Whether an address is in the network of another. */
export function isInNetwork(
  address: string,
  { network, netmask }: Pick<Ipv4, 'network' | 'netmask'>,
): boolean {
  return (toNumber(address) & toNumber(netmask)) === (toNumber(network) & toNumber(netmask))
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0)
}

function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.')
}
