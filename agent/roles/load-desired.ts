import { loadFacts } from '../facts/facts.ts'
import type { Inventory, Vars } from '../inventory/inventory.ts'
import { groupNames, hostsByGroup } from '../inventory/membership.ts'
import { mergeVars } from '../inventory/merge.ts'
import type { AnyKind } from '../resources/kind.ts'
import type { ConfigTree } from '../source/config-tree.ts'
import type { System } from '../system/system.ts'
import { loadRoles } from './load-roles.ts'
import { renderHost } from './render.ts'
import type { Desired } from './resource.ts'

/** Where a host's desired state comes from. */
export interface DesiredSource {
  readonly tree: ConfigTree
  readonly inventory: Inventory
  readonly extraVars: Vars
  readonly builtInRoles: string
  readonly kinds: ReadonlyMap<string, AnyKind>
  readonly system: System
}

/**
 * Loads the roles of a host and renders them with this node's facts.
 * @throws CommitError with all that is wrong with them
 */
export async function loadDesired(host: string, source: DesiredSource): Promise<Desired> {
  const { inventory, tree, extraVars, builtInRoles, system } = source
  const merged = new Map<string, Vars>()
  const varsOf = (name: string): Vars => {
    const vars = merged.get(name) ?? mergeVars(inventory, name)
    merged.set(name, vars)
    return vars
  }
  const roleNames = extraVars.get('roles') ?? varsOf(host).get('roles')
  const folders = { own: tree.roles, builtIn: builtInRoles }
  const roles = await loadRoles(host, roleNames, folders, system)
  const input = {
    host,
    hosts: inventory.hosts,
    varsOf,
    groupNames: (name: string) => groupNames(inventory, name),
    groups: hostsByGroup(inventory),
    extraVars,
  }
  return loadFacts((facts) => renderHost({ ...input, facts }, roles, source.kinds), system)
}
