import type { Problem } from '../system/errors.ts'
import type { Sourced } from '../yaml/yaml.ts'
import type { GroupDraft, HostsFile } from './hosts-file.ts'

/** How groups hang together. */
export interface Tree {
  readonly parents: ReadonlyMap<string, readonly string[]>
  readonly depths: ReadonlyMap<string, number>
  /** Groups that contain themselves. */
  readonly problems: readonly Problem[]
}

/**
 * Completes a hosts file as Ansible does: a group without a parent becomes a child of `all`, and
 * `ungrouped` holds the hosts that no other group has. Then works out parents and depths.
 */
export function linkGroups(file: HostsFile, source: Sourced): Tree {
  const parents = new Map([...file.groups.keys()].map((name) => [name, [] as string[]]))
  for (const group of file.groups.values()) {
    for (const child of group.children.keys()) parents.get(child)?.push(group.name)
  }
  const all = file.groups.get('all')
  for (const [name, above] of parents) {
    if (name === 'all' || above.length > 0) continue
    all?.children.set(name, [])
    above.push('all')
  }
  settleUngrouped(file)
  const problems: Problem[] = []
  const depths = new Map<string, number>()
  for (const group of file.groups.values()) deepen(group, [])
  return { parents, depths, problems }

  /** Walks from every group to the root; a group met again on the way contains itself. */
  function deepen(group: GroupDraft, below: readonly string[]): number {
    const known = depths.get(group.name)
    if (known !== undefined) return known
    const way = [group.name, ...below]
    let depth = 0
    for (const parent of parents.get(group.name) ?? []) {
      const draft = file.groups.get(parent)
      if (draft === undefined) continue
      if (way.includes(parent)) {
        problems.push(circleProblem([parent, ...way.slice(0, way.indexOf(parent) + 1)]))
        continue
      }
      depth = Math.max(depth, deepen(draft, way) + 1)
    }
    depths.set(group.name, depth)
    return depth
  }

  /** @param circle groups, each the parent of the next; ends where it begins */
  function circleProblem(circle: readonly string[]): Problem {
    // The link from all to a group without a parent is written nowhere.
    const paths = circle
      .slice(1)
      .map((name, at) => file.groups.get(circle[at] ?? '')?.children.get(name))
    const path = paths.findLast((path) => path !== undefined && path.length > 0)
    const message = `group ${circle[0]} contains itself: ${circle.join(' > ')}`
    return { place: source.place(path ?? []), message }
  }
}

function settleUngrouped(file: HostsFile): void {
  const ungrouped = file.groups.get('ungrouped')
  const others = [...file.groups.values()].filter(
    (group) => group.name !== 'all' && group.name !== 'ungrouped',
  )
  for (const host of file.hosts.keys()) {
    const isGrouped = others.some((group) => group.hosts.has(host))
    if (isGrouped) ungrouped?.hosts.delete(host)
    else ungrouped?.hosts.add(host)
  }
}
