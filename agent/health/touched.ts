import type { Resource } from '../roles/resource.ts'
import type { HealthScope } from './health-scope.ts'

/**
 * What a change can have broken. A real server that dies while keepalived.conf is changed is not lost
 * through the change, and rolling back would not bring it back.
 */
export interface Touched {
  readonly haproxy: boolean
  readonly keepalived: boolean
  /** The firewall, the kernel's settings, and everything that is not known to be something else. */
  readonly network: boolean
}

type Part = keyof Touched

/** Logs and their rotation: nothing that carries traffic. */
const harmless = /^\/etc\/(rsyslog|logrotate)|^\/var\/log\/|(^|\/)(rsyslog|logrotate)[^/]*\.service/

/**
 * What a list of changes touches.
 * @param changed resources that drifted, and the handlers that they notify
 * @param removed names of things that are taken away: paths, chains, keys
 */
export function touchedBy(
  changed: readonly Resource[],
  removed: readonly string[],
  scope: HealthScope,
): Touched {
  const parts = new Set([
    ...changed.flatMap((resource) => partsOf(resource, scope)),
    ...removed.flatMap((name) => partsOfName(name, scope)),
  ])
  return {
    haproxy: parts.has('haproxy'),
    keepalived: parts.has('keepalived'),
    network: parts.has('network'),
  }
}

/** Whether a change concerns nothing that a node's health is judged by. */
export function isNothing(touched: Touched): boolean {
  return !Object.values(touched).includes(true)
}

/** A package may hold anything. */
function partsOf({ kind, id }: Resource, scope: HealthScope): readonly Part[] {
  if (kind.name === 'package') return ['haproxy', 'keepalived', 'network']
  if (kind.name === 'iptables' || kind.name === 'sysctl') return ['network']
  return partsOfName(id.slice(id.indexOf(' ') + 1), scope)
}

function partsOfName(name: string, scope: HealthScope): readonly Part[] {
  if (harmless.test(name)) return []
  // The role's check script: keepalived runs it
  if (name.endsWith('/check-haproxy')) return ['keepalived']
  const isOf = (unit: string | undefined): boolean =>
    unit !== undefined && name.includes(unit.replace(/\.service$/, ''))
  if (isOf(scope.haproxy?.unit)) return ['haproxy']
  if (isOf(scope.keepalived?.unit) || name.includes('evenkeel-vrrp')) return ['keepalived']
  return ['network']
}
