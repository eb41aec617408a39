import * as v from 'valibot'
import { parseAddressRange } from '../../programs/address.ts'
import type { AddressRange } from '../../programs/address.ts'

/** An address of an interface. */
export interface NodeAddress {
  readonly interface: string
  readonly address: string
  /** Length of the prefix. */
  readonly prefix: number
}

export interface NodeAddresses {
  readonly all: readonly NodeAddress[]
  /** What the kernel takes for this node's own: the addresses, 127.0.0.0/8, and `ip route add local …`. */
  readonly local: readonly AddressRange[]
}

const addressRows = v.array(
  v.object({
    ifname: v.string(),
    addr_info: v.optional(
      v.array(v.object({ local: v.optional(v.string()), prefixlen: v.number() })),
      [],
    ),
  }),
)
const routeRows = v.array(v.object({ dst: v.string() }))

/** @param tool output of a command; null when it fails. Then there is no answer. */
export async function readAddresses(
  tool: (argv: readonly string[]) => Promise<string | null>,
): Promise<NodeAddresses | null> {
  const addresses = await tool(['ip', '-json', 'address', 'show'])
  const routes = await tool([
    'ip',
    '-4',
    '-json',
    'route',
    'show',
    'table',
    'local',
    'type',
    'local',
  ])
  return addresses === null ? null : parseAddresses(addresses, routes ?? '[]')
}

/** @param routes of the table `local`: bind(2) asks it for IPv4, and the addresses for IPv6. */
export function parseAddresses(addresses: string, routes: string): NodeAddresses {
  const all = v
    .parse(addressRows, toJson(addresses))
    .flatMap((row) =>
      row.addr_info.flatMap(({ local, prefixlen }) =>
        local === undefined ? [] : [{ interface: row.ifname, address: local, prefix: prefixlen }],
      ),
    )
  const ranges = [
    ...all.map(({ address }) => address),
    ...v.parse(routeRows, toJson(routes)).map(({ dst }) => dst),
  ].map(parseAddressRange)
  return { all, local: ranges.filter((range) => range !== null) }
}

/** Whether a process may bind an address without ip_nonlocal_bind. */
export function isLocalAddress(address: string, addresses: NodeAddresses): boolean {
  const asked = parseAddressRange(address)
  return addresses.local.some((range) => asked !== null && contains(range, asked))
}

export function contains(range: AddressRange, inner: AddressRange): boolean {
  return range.family === inner.family && range.first <= inner.first && range.last >= inner.last
}

/** ip prints nothing at all for an empty list. */
function toJson(text: string): unknown {
  return text.trim() === '' ? [] : JSON.parse(text)
}
