import { mergeVars } from '../../inventory/merge.ts'
import { haproxyUnit } from '../../programs/haproxy/paths.ts'
import type { DesiredSource } from '../../roles/load-desired.ts'
import type { Desired } from '../../roles/resource.ts'
import type { Place } from '../../system/errors.ts'

/** A VRRP instance of which nobody has said whether it follows haproxy. */
export interface Untracked {
  readonly name: string
  readonly place: Place
}

/**
 * The instances of a host that follow no haproxy, though it runs one: the role keepalived follows that of the role
 * haproxy, and for any other it has to be told (`track`).
 */
export function untrackedInstances(
  { host, vars, resources }: Desired,
  { inventory, extraVars }: Pick<DesiredSource, 'inventory' | 'extraVars'>,
): readonly Untracked[] {
  const { roles, keepalived_instances: instances } = vars
  const runsHaproxy = resources.some(
    ({ effects: { unit } }) => unit?.name === haproxyUnit && unit.runs === true,
  )
  const isFollowed = Array.isArray(roles) && roles.includes('haproxy')
  if (!runsHaproxy || isFollowed || !Array.isArray(instances)) return []
  const key = 'keepalived_instances'
  const variable = extraVars.get(key) ?? mergeVars(inventory, host).get(key)
  return instances.flatMap((instance: unknown, index): readonly Untracked[] => {
    const { name, hosts, track } = (instance ?? {}) as Readonly<Record<string, unknown>>
    const isHere = Array.isArray(hosts) && hosts.includes(host)
    if (!isHere || typeof name !== 'string' || typeof track === 'boolean') return []
    return [{ name, place: variable?.place([index]) ?? { file: 'inventory', key } }]
  })
}
