import type { BaseFacts, FactFiles } from './base.ts'
import type { Facts } from './fact.ts'
import { isInNetwork } from './interface.ts'
import type { InterfaceFacts } from './interface.ts'

/** How the node asks for its IPv4 default route. Tests pass a fake one. */
export interface Routes {
  /** Empty without a default route. */
  gateway(): Promise<string>
  interface(): Promise<string>
}

/**
 * Facts of the default routes.
 *
 * This is the only user of systeminformation, loaded here when it is needed (60 ms). Of its functions these
 * two do least: networkGatewayDefault runs `sh -c 'ip route get 1'` (2 processes, 20 ms);
 * networkInterfaceDefault runs `sh -c 'ip route | grep default'` (3 processes, 25 ms, blocking) and is
 * asked only where the gateway is in the network of no interface or of several. networkInterfaces would
 * start about 30 processes for each interface, half a second. IPv6 has no function there: /proc has it.
 */
export async function networkFacts(
  base: BaseFacts,
  files: FactFiles,
  routes: Routes = systemRoutes,
): Promise<Facts> {
  const gateway = await routes.gateway()
  const content = await files.readFile('/proc/net/ipv6_route')
  return {
    default_ipv4: gateway === '' ? {} : await defaultIpv4(gateway, base.interfaces, routes),
    default_ipv6:
      content === null ? {} : defaultIpv6(new TextDecoder().decode(content), base.interfaces),
  }
}

const systemRoutes: Routes = {
  gateway: async () => (await import('systeminformation')).networkGatewayDefault(),
  interface: async () => (await import('systeminformation')).networkInterfaceDefault(),
}

async function defaultIpv4(
  gateway: string,
  interfaces: readonly InterfaceFacts[],
  routes: Routes,
): Promise<object> {
  const [near, other] = interfaces.filter((it) => it.ipv4 && isInNetwork(gateway, it.ipv4))
  const name = near !== undefined && other === undefined ? near.device : await routes.interface()
  const found = interfaces.find((it) => it.device === name)
  return { interface: name, gateway, ...found?.ipv4, ...linkOf(found) }
}

/**
 * @param table of /proc/net/ipv6_route, all in hexadecimal: destination, its prefix length, source, its
 * prefix length, next hop, metric, references, uses, flags, device
 */
export function defaultIpv6(table: string, interfaces: readonly InterfaceFacts[]): object {
  const [best] = table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([to = '', length, , , , , , , flags]) =>
        /^0+$/.test(to) && length === '00' && isGateway(flags),
    )
    .toSorted((a, b) => Number.parseInt(a[5] ?? '', 16) - Number.parseInt(b[5] ?? '', 16))
  if (best === undefined) return {}
  const [, , , , hop = '', , , , , device = ''] = best
  const found = interfaces.find((it) => it.device === device)
  // The kernel lists the newest IPv6 address first: the oldest is the one that is no VIP.
  const address = found?.ipv6?.findLast((it) => it.scope === 'global') ?? found?.ipv6?.at(-1)
  return { interface: device, gateway: formatIpv6(hop), ...address, ...linkOf(found) }
}

/** RTF_UP and RTF_GATEWAY of linux/route.h. */
function isGateway(flags: string | undefined): boolean {
  return (Number.parseInt(flags ?? '', 16) & 0b11) === 0b11
}

function linkOf(found: InterfaceFacts | undefined): object {
  return found === undefined ? {} : { macaddress: found.macaddress, mtu: found.mtu }
}

/** 32 hexadecimal digits as people write them; URL knows the short form. */
function formatIpv6(digits: string): string {
  const groups = digits.match(/.{4}/g)?.join(':') ?? ''
  return new URL(`http://[${groups}]`).hostname.slice(1, -1)
}
