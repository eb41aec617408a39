import { commitError } from '../errors.ts'
import { loadFacts } from '../facts/facts.ts'
import type { Inventory, Vars } from '../inventory/inventory.ts'
import { groupNames, hostsOf } from '../inventory/membership.ts'
import { mergeVars } from '../inventory/merge.ts'
import type { AnyKind } from '../resources/kind.ts'
import type { ConfigTree } from '../source/config-tree.ts'
import type { System } from '../system/system.ts'
import { loadRole } from './load-role.ts'
import { renderHost } from './render.ts'
import type { Desired } from './resource.ts'
import type { Role } from './role.ts'

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
  const { inventory, tree } = source
  const merged = new Map<string, Vars>()
  const varsOf = (name: string): Vars => {
    const vars = merged.get(name) ?? mergeVars(inventory, name)
    merged.set(name, vars)
    return vars
  }
  const roles = await loadRoles(host, varsOf(host), source)
  const groups = Object.fromEntries(
    [...inventory.groups.keys()].map((group) => [group, hostsOf(inventory, group)]),
  )
  return loadFacts((facts) =>
    renderHost(
      {
        host,
        hosts: inventory.hosts,
        varsOf,
        groupNames: (name) => groupNames(inventory, name),
        groups,
        extraVars: source.extraVars,
        facts,
      },
      roles,
      source.kinds,
    ),
  )

  async function loadRoles(
    host: string,
    vars: Vars,
    { builtInRoles, system }: DesiredSource,
  ): Promise<readonly Role[]> {
    const variable = source.extraVars.get('roles') ?? vars.get('roles')
    if (variable === undefined) {
      const place = { file: `inventory/host_vars/${host}.yml`, key: 'roles' }
      throw commitError(place, 'not set: list the roles of this host, such as [sysctl, haproxy]')
    }
    const names: unknown = variable.value
    if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
      throw commitError(variable.place([]), 'expected a list of role names')
    }
    const folders = { own: tree.roles, builtIn: builtInRoles }
    return Promise.all(
      names.map((name, index) => loadRole(name, variable.place([index]), folders, system)),
    )
  }
}
