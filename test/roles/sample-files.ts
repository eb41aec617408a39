import { join } from 'node:path'
import type { Facts } from '../../agent/facts/fact.ts'
import { loadInventory } from '../../agent/inventory/load.ts'
import { kinds } from '../../agent/resources/index.ts'
import type { FileWrite } from '../../agent/resources/kind.ts'
import { loadDesired } from '../../agent/roles/load-desired.ts'
import { createRoleLoader } from '../../agent/roles/load-role.ts'
import type { Desired, Resource } from '../../agent/roles/resource.ts'
import { findConfigTree } from '../../agent/source/config-tree.ts'
import { createSystem } from '../../agent/system/create-system.ts'
import { LocalError } from '../../agent/system/errors.ts'
import type { System } from '../../agent/system/system.ts'
import { fakeSystem } from '../fake-system.ts'
import { chooseTopology } from '../topology.ts'
import type { Topology } from '../topology.ts'

const root = join(import.meta.dirname, '../..')

/** All that the roles read of a node. A fact that is not here fails the test that needs it. */
const facts: Facts = { os_family: 'Debian', default_ipv4: { interface: 'eth0' } }

/** What each host of the sample shall be, by host, as the real loader and the built-in roles have it. */
export async function sampleDesired(topology: Topology): Promise<ReadonlyMap<string, Desired>> {
  const system = withTopology(topology)
  const tree = await findConfigTree(root, system)
  const inventory = await loadInventory(tree.inventory, tree.root, system)
  const source = {
    inventory,
    extraVars: new Map(),
    loadRole: createRoleLoader({ own: tree.roles, builtIn: join(root, 'roles') }, system),
    loadFacts: async <T>(render: (facts: Facts) => T | Promise<T>) => render(facts),
    kinds,
  }
  const hosts = new Map<string, Desired>()
  for (const host of inventory.hosts) hosts.set(host, await loadDesired(host, source))
  return hosts
}

/** Every file that each host of the sample gets on a bare node, by host; those of a host are sorted by path. */
export async function sampleFiles(
  topology: Topology,
): Promise<ReadonlyMap<string, readonly FileWrite[]>> {
  const hosts = new Map<string, readonly FileWrite[]>()
  for (const [host, { resources }] of await sampleDesired(topology)) {
    hosts.set(host, await writeAll(resources))
  }
  return hosts
}

/** This machine, where hosts.yml has the load balancers in the group of a topology. */
function withTopology(topology: Topology): System {
  const system = createSystem()
  return {
    ...system,
    async readFile(path) {
      const content = await system.readFile(path)
      if (content === null || path !== join(root, 'inventory/hosts.yml')) return content
      return Buffer.from(chooseTopology(Buffer.from(content).toString(), topology))
    },
  }
}

/** Lets each kind write its files, one after the other, since tasks may share a file. */
async function writeAll(resources: readonly Resource[]): Promise<readonly FileWrite[]> {
  const node = bareNode()
  const files = new Map<string, FileWrite>()
  for (const { kind, spec } of resources) {
    if (kind.writes === undefined) continue
    for (const file of kind.writes(spec, await kind.observe(spec, node))) {
      if (file.content === null) throw new Error(`${file.path} is not on a bare node`)
      await node.writeFile(file.path, { ...file, content: file.content })
      files.set(file.path, file)
    }
  }
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** A node without a file or a program of ours, whose kernel has every key and IPv6. */
function bareNode(): System {
  const node = fakeSystem({ files: { '/proc/sys/net/ipv6': { type: 'directory' } } })
  return {
    ...node,
    readFile: async (path) =>
      path.startsWith('/proc/sys/') ? Buffer.from('0\n') : node.readFile(path),
    run: async ([program]) => {
      throw new LocalError(`${program} is not installed`)
    },
  }
}
