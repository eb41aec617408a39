import type { Family } from '../../../programs/address.ts'
import type { Firewall } from '../../../programs/netfilter/firewall.ts'
import type { PortRange } from '../../../programs/netfilter/match-values.ts'
import { clientAddresses } from '../client-address.ts'
import { allowEstablished, ephemeralPorts } from '../flow.ts'
import type { Step } from '../flow.ts'
import type { HostState } from '../rule.ts'

/** A port of this node that clients connect to. */
export interface ServedPort {
  readonly family: Family
  readonly protocol: 'tcp' | 'udp'
  readonly port: number | PortRange
  /** The address that it listens on; undefined for all. */
  readonly address: string | undefined
  /** Names the connections: `ssh (port 22)`. */
  readonly name: string
}

/** The packets of one client's connection: the first, the further ones, the answers. */
export function servedSteps(served: ServedPort, client: string | undefined): readonly Step[] {
  const { family, protocol, port, address, name } = served
  const towards = {
    family,
    direction: 'in',
    protocol,
    source: client,
    destination: address,
    sourcePort: ephemeralPorts,
    destinationPort: port,
  } as const
  return [
    {
      what: `every new connection to ${name}`,
      packet: { ...towards, state: 'NEW' },
      allow: `-p ${protocol} --dport ${formatPort(port)} -j ACCEPT`,
    },
    {
      what: `the further packets of every connection to ${name}`,
      packet: { ...towards, state: 'ESTABLISHED' },
      allow: allowEstablished,
    },
    {
      what: `the answers of ${name}`,
      packet: {
        family,
        direction: 'out',
        protocol,
        source: address,
        destination: client,
        sourcePort: port,
        destinationPort: ephemeralPorts,
        state: 'ESTABLISHED',
      },
      allow: allowEstablished,
    },
  ]
}

/** A port of another host that this node connects to. */
export interface UsedPort {
  readonly family: Family
  readonly protocol: 'tcp' | 'udp'
  readonly port: number
  /** The address of this node that is used; undefined when it isn't known. */
  readonly address: string | undefined
  /** Names the server: `the Git remote git.example.com`. */
  readonly name: string
}

/** The packets of a connection of this node to a server: the first, the answers, the further ones. */
export function usedSteps(used: UsedPort, server: string | undefined): readonly Step[] {
  const { family, protocol, port, address, name } = used
  const towards = {
    family,
    direction: 'out',
    protocol,
    source: address,
    destination: server,
    sourcePort: ephemeralPorts,
    destinationPort: port,
  } as const
  return [
    {
      what: `connections to ${name}`,
      packet: { ...towards, state: 'NEW' },
      allow: `-p ${protocol} --dport ${port} -j ACCEPT`,
    },
    {
      what: `the answers of ${name}`,
      packet: {
        family,
        direction: 'in',
        protocol,
        source: server,
        destination: address,
        sourcePort: port,
        destinationPort: ephemeralPorts,
        state: 'ESTABLISHED',
      },
      allow: allowEstablished,
    },
    {
      what: `the further packets of connections to ${name}`,
      packet: { ...towards, state: 'ESTABLISHED' },
      allow: allowEstablished,
    },
  ]
}

function formatPort(port: number | PortRange): string {
  if (typeof port === 'number') return String(port)
  return port.first === port.last ? String(port.first) : `${port.first}:${port.last}`
}

/** The steps with each client, or server, that the rules tell apart; see {@link clientAddresses}. */
export function eachAddress(
  firewall: Firewall,
  family: Family,
  self: HostState,
  steps: (address: string) => readonly Step[],
): () => Iterable<readonly Step[]> {
  return function* attempts() {
    for (const address of clientAddresses(firewall, family, self)) yield steps(address)
  }
}
