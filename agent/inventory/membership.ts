import type { Group, Inventory } from './inventory.ts'

/** Ansible's `group_names`: every group of a host, also through its children; sorted, without `all`. */
export function groupNames(inventory: Inventory, host: string): readonly string[] {
  return groupsOf(inventory, host)
    .map((group) => group.name)
    .filter((name) => name !== 'all')
    .toSorted()
}

/** Every group of a host, also through its children, in the order in which their variables win. */
export function groupsOf(inventory: Inventory, host: string): readonly Group[] {
  const found = new Set<Group>()
  const add = (group: Group | undefined): void => {
    if (group === undefined || found.has(group)) return
    found.add(group)
    for (const parent of group.parents) add(inventory.groups.get(parent))
  }
  for (const group of inventory.groups.values()) if (group.hosts.includes(host)) add(group)
  add(inventory.groups.get('all'))
  return [...found].toSorted(
    (a, b) => a.depth - b.depth || a.priority - b.priority || (a.name < b.name ? -1 : 1),
  )
}

/** Hosts of a group and of its children, each once, in Ansible's order. Unknown groups have none. */
export function hostsOf(inventory: Pick<Inventory, 'groups'>, group: string): readonly string[] {
  const groups = new Set([group])
  // A set that grows while it is walked: breadth first.
  for (const name of groups) {
    for (const child of inventory.groups.get(name)?.children ?? []) groups.add(child)
  }
  return [...new Set([...groups].flatMap((name) => inventory.groups.get(name)?.hosts ?? []))]
}

/** Ansible's `groups`: hosts by group. */
export function hostsByGroup(inventory: Inventory): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    [...inventory.groups.keys()].map((name) => [name, hostsOf(inventory, name)]),
  )
}
