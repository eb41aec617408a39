import type { LoadFacts } from '../facts/facts.ts'
import type { Inventory, Vars } from '../inventory/inventory.ts'
import { groupNames, hostsByGroup } from '../inventory/membership.ts'
import { mergeVars } from '../inventory/merge.ts'
import type { AnyKind } from '../resources/kind.ts'
import { CommitError } from '../system/errors.ts'
import { atHostAddress } from './at-host-address.ts'
import type { LoadRole } from './load-role.ts'
import { loadRoles } from './load-roles.ts'
import { renderHost } from './render.ts'
import type { Desired } from './resource.ts'

/** Where the desired state of hosts comes from. */
export interface DesiredSource {
  readonly inventory: Inventory
  readonly extraVars: Vars
  readonly loadRole: LoadRole
  /** Facts of this node. */
  readonly loadFacts: LoadFacts
  readonly kinds: ReadonlyMap<string, AnyKind>
}

/**
 * Loads the roles of a host and renders them with this node's facts.
 * @throws CommitError with all that is wrong with them
 */
export async function loadDesired(host: string, source: DesiredSource): Promise<Desired> {
  const { inventory, extraVars, loadRole, loadFacts, kinds } = source
  const merged = new Map<string, Vars>()
  const varsOf = (name: string): Vars => {
    const vars = merged.get(name) ?? mergeVars(inventory, name)
    merged.set(name, vars)
    return vars
  }
  const roles = await loadRoles(host, extraVars.get('roles') ?? varsOf(host).get('roles'), loadRole)
  const input = {
    host,
    hosts: inventory.hosts,
    varsOf,
    groupNames: (name: string) => groupNames(inventory, name),
    groups: hostsByGroup(inventory),
    extraVars,
  }
  try {
    return await loadFacts((facts) => renderHost({ ...input, facts }, roles, kinds))
  } catch (error) {
    throw error instanceof CommitError ? atHostAddress(error, inventory) : error
  }
}
