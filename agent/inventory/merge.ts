import { UsageError } from '../system/errors.ts'
import { nearest } from '../yaml/nearest.ts'
import type { Inventory, Variable, Vars } from './inventory.ts'
import { groupsOf } from './membership.ts'

/**
 * The variables of a host from every place that has some, in the order in which they win, later over
 * earlier. That is Ansible's default order: what hosts.yml says of groups, then group_vars/, each from the
 * widest group to the narrowest, but group_vars/all before all others; then the host's.
 * @throws UsageError when the inventory has no such host
 */
export function layersOf(inventory: Inventory, host: string): readonly Vars[] {
  const own = inventory.hostByName.get(host)
  if (own === undefined) {
    throw new UsageError(`no host "${host}" in the inventory${nearest(host, inventory.hosts)}`)
  }
  const groups = groupsOf(inventory, host)
  return [
    ...groups.map((group) => group.inline),
    ...groups.map((group) => group.files),
    own.inline,
    own.files,
  ]
}

/**
 * What `ansible-inventory --host` shows, with places: values are replaced whole, never merged.
 * @throws UsageError when the inventory has no such host
 */
export function mergeVars(inventory: Inventory, host: string): Vars {
  const merged = new Map<string, Variable>()
  for (const layer of layersOf(inventory, host)) {
    for (const [name, variable] of layer) merged.set(name, variable)
  }
  return merged
}
