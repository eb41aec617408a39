import { hostState } from '../checks/desired/host-state.ts'
import {
  keepalivedConfigPath,
  readDesiredKeepalived,
} from '../checks/desired/keepalived-desired.ts'
import { vrrpPeers } from '../checks/desired/vrrp-peers.ts'
import type { Desired } from '../roles/resource.ts'
import type { Remote } from '../source/remote-address.ts'
import { neededTraffic } from './needed-traffic.ts'
import type { TrafficScope } from './traffic-health.ts'

/** What this node is judged for: a node without haproxy needs no haproxy to be healthy. */
export interface HealthScope {
  readonly haproxy: HaproxyScope | null
  readonly keepalived: KeepalivedScope | null
  readonly remote: Remote | null
  readonly peers: readonly PeerScope[]
}

/** What the gate of one run looks at besides. */
export interface GateScope extends HealthScope {
  /** Left out: nobody looks at the firewall. */
  readonly traffic?: TrafficScope
}

export interface HaproxyScope {
  readonly unit: string
  /** haproxy.cfg. */
  readonly file: string
  /** The admin socket. */
  readonly socket: string
}

export interface KeepalivedScope {
  readonly unit: string
  readonly file: string
}

/** A host that shares a VRRP instance with this one, and the port on which it is expected to answer. */
export interface PeerScope {
  readonly name: string
  readonly address: string
  readonly port: number
}

const keepalivedUnit = 'keepalived.service'

/**
 * What the desired state makes this node responsible for.
 * @param remote where the config repo comes from; null for a folder
 */
export function healthScope(desired: Desired, remote: Remote | null): HealthScope {
  const started = desired.resources
    .flatMap(({ effects }) => effects.unit ?? [])
    .filter(({ runs }) => runs === true)
  const haproxy = started.find(({ fingerprint }) => fingerprint !== null)
  const files = hostState(desired, true).files
  const hasKeepalived =
    files.has(keepalivedConfigPath) && started.some(({ name }) => name === keepalivedUnit)
  return {
    haproxy: haproxy?.fingerprint ? { unit: haproxy.name, ...haproxy.fingerprint } : null,
    keepalived: hasKeepalived ? { unit: keepalivedUnit, file: keepalivedConfigPath } : null,
    remote,
    peers: hasKeepalived ? peersOf(desired) : [],
  }
}

/** The same with the traffic that must get through the firewall of this node. */
export function gateScope(desired: Desired, remote: Remote | null): GateScope {
  const self = hostState(desired, true)
  const needed = neededTraffic(self, sshPortOf(desired))
  return { ...healthScope(desired, remote), traffic: { self, needed } }
}

/** Every agent needs ssh to its node for the day on which nothing else works, so that port is there. */
function peersOf(desired: Desired): readonly PeerScope[] {
  const { vars } = desired
  const port = sshPortOf(desired)
  const unicast = (readDesiredKeepalived(hostState(desired, true))?.instances ?? []).flatMap(
    ({ unicastPeers }) => unicastPeers.map(({ value }) => ({ name: value, address: value, port })),
  )
  const named = vrrpPeers(desired).map((name) => ({
    name,
    address: addressOf(vars, name),
    port,
  }))
  const byAddress = new Map([...unicast, ...named].map((peer) => [peer.address, peer]))
  return [...byAddress.values()]
}

function sshPortOf({ vars }: Desired): number {
  const port = vars['iptables_ssh_port']
  return typeof port === 'number' ? port : 22
}

function addressOf(vars: Desired['vars'], name: string): string {
  const all = vars['hostvars'] as Readonly<Record<string, Desired['vars']>> | undefined
  const address = all?.[name]?.['ansible_host']
  return typeof address === 'string' ? address : name
}
