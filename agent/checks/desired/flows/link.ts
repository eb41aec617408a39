import { ephemeralPorts } from '../flow.ts'
import type { Flow } from '../flow.ts'
import { usesFamily } from '../host-address.ts'
import { readDesiredKeepalived } from '../keepalived-desired.ts'
import type { PreflightInput } from '../rule.ts'

/** What every other flow stands on: the node's talk with itself, and IPv6's neighbour discovery. */
export function linkFlows({ self }: PreflightInput): readonly Flow[] {
  const instances = readDesiredKeepalived(self)?.instances ?? []
  const usesIPv6 = usesFamily(self, 'ipv6') || instances.some(({ family }) => family === 'ipv6')
  return usesIPv6 ? [loopback, neighbourDiscovery] : [loopback]
}

const loopback: Flow = {
  level: 'warning',
  consequence: "local checks, name lookups and haproxy's log to rsyslog would fail",
  steps: (['out', 'in'] as const).map((direction) => ({
    what: `what this node sends to itself (interface lo, ${direction === 'in' ? 'coming in' : 'going out'})`,
    packet: {
      family: 'ipv4',
      direction,
      protocol: 'tcp',
      source: '127.0.0.1',
      destination: '127.0.0.1',
      sourcePort: ephemeralPorts,
      destinationPort: ephemeralPorts,
      state: 'NEW',
      interface: 'lo',
    },
    allow: `${direction === 'in' ? '-i' : '-o'} lo -j ACCEPT`,
  })),
  warnsOfDoubt: false,
}

/** Solicitation and advertisement (RFC 4861); conntrack doesn't track them, so ESTABLISHED never matches. */
const neighbourDiscovery: Flow = {
  level: 'error',
  consequence: 'no neighbour could reach an IPv6 address of this node, VIPs included',
  steps: (['in', 'out'] as const).flatMap((direction) =>
    [135, 136].map((icmpType) => ({
      what: `IPv6 neighbour discovery (ICMPv6 type ${icmpType}, ${direction === 'in' ? 'coming in' : 'going out'})`,
      packet: { family: 'ipv6', direction, protocol: 'ipv6-icmp', icmpType, state: 'UNTRACKED' },
      allow: '-p ipv6-icmp -j ACCEPT',
    })),
  ),
  warnsOfDoubt: false,
}
