import type { Desired } from '../../roles/resource.ts'

/** Names of the other hosts in the VRRP instances that a host takes part in, as its inventory has them. */
export function vrrpPeers({ host, vars }: Pick<Desired, 'host' | 'vars'>): readonly string[] {
  const instances: unknown = vars['keepalived_instances']
  if (!Array.isArray(instances)) return []
  const shared = instances
    .map((instance: unknown): unknown => (instance as { hosts?: unknown } | null)?.hosts)
    .filter((hosts) => Array.isArray(hosts))
    .filter((hosts) => hosts.includes(host))
  return [...new Set(shared.flat().filter((name) => typeof name === 'string' && name !== host))]
}
