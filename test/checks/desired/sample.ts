import { join } from 'node:path'
import { hostState } from '../../../agent/checks/desired/host-state.ts'
import type { HostState } from '../../../agent/checks/desired/rule.ts'
import { createFactLoader } from '../../../agent/facts/facts.ts'
import type { Variable } from '../../../agent/inventory/inventory.ts'
import { loadInventory } from '../../../agent/inventory/load.ts'
import { kinds } from '../../../agent/resources/index.ts'
import { loadDesired } from '../../../agent/roles/load-desired.ts'
import { createRoleLoader } from '../../../agent/roles/load-role.ts'
import { findConfigTree } from '../../../agent/source/config-tree.ts'
import { createSystem } from '../../../agent/system/create-system.ts'

const root = join(import.meta.dirname, '../../..')

/**
 * The desired state of a host of the sample inventory, as the built-in roles render it.
 * @param extra variables as `-e` gives them
 * @param hostVars further variables of single hosts, by host
 */
export async function sampleHost(
  host: string,
  extra: Readonly<Record<string, unknown>> = {},
  hostVars: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
): Promise<HostState> {
  const system = createSystem()
  const tree = await findConfigTree(root, system)
  const inventory = await loadInventory(tree.inventory, tree.root, system)
  const withMore = Object.entries(hostVars).map(([name, more]) => {
    const found = inventory.hostByName.get(name)
    if (found === undefined) throw new Error(`the sample has no host ${name}`)
    const added = Object.entries(more).map(([key, value]) => variable(key, value))
    return [name, { ...found, files: new Map([...found.files, ...added]) }] as const
  })
  // This machine's facts don't matter.
  const values = { keepalived_interface: 'eth0', ...extra }
  const desired = await loadDesired(host, {
    inventory: { ...inventory, hostByName: new Map([...inventory.hostByName, ...withMore]) },
    extraVars: new Map(Object.entries(values).map(([key, value]) => variable(key, value))),
    loadRole: createRoleLoader({ own: tree.roles, builtIn: join(root, 'roles') }, system),
    loadFacts: createFactLoader(system),
    kinds,
  })
  // One of its own, in place of the sample's
  const peerKey = { value: '0123456789abcdef', place: { file: '-e', key: 'evenkeel_peer_key' } }
  return { ...hostState(desired, false), peerKey }
}

function variable(key: string, value: unknown): [string, Variable] {
  return [key, { value, place: () => ({ file: '-e', key }) }]
}
