/** Which VIPs the load balancers have: the sample has a group for each. */
export type Topology = 'master-master' | 'master-backup'

/** What hosts.yml asks its users to move below another group. */
const members = '      children:\n        loadbalancers:\n'

/**
 * Text of the sample's hosts.yml with the load balancers below the group of a topology, as it tells its
 * users to move them.
 * @throws Error when the sample no longer has these lines
 */
export function chooseTopology(hosts: string, topology: Topology): string {
  const group = `    ${topology.replace('-', '_')}:\n`
  for (const lines of [members, group]) {
    if (!hosts.includes(lines)) throw new Error(`hosts.yml does not contain ${lines}`)
  }
  return hosts.replace(members, '').replace(group, group + members)
}
