import { messageOf } from '../system/errors.ts'
import type { Problem } from '../system/errors.ts'
import { nearest } from '../yaml/nearest.ts'
import type { Sourced, ValuePath } from '../yaml/yaml.ts'
import { expandHostPattern } from './host-pattern.ts'
import type { HostPattern } from './host-pattern.ts'
import type { Variable } from './inventory.ts'
import { entriesOf, variableAt } from './variable.ts'

/** A group as hosts.yml has it, before its parents, depth and files are known. */
export interface GroupDraft {
  readonly name: string
  readonly hosts: Set<string>
  /** Names of child groups, with the path where each is written. */
  readonly children: Map<string, ValuePath>
  readonly vars: Map<string, Variable>
  priority: number
}

/** What hosts.yml says. Groups and hosts are in the order in which they appear. */
export interface HostsFile {
  readonly groups: ReadonlyMap<string, GroupDraft>
  readonly hosts: ReadonlyMap<string, ReadonlyMap<string, Variable>>
  readonly problems: readonly Problem[]
}

/**
 * Reads Ansible's YAML inventory: groups with `hosts`, `vars` and `children`. What Ansible does not
 * understand and skips with a warning is a problem here.
 */
export function readHostsFile(source: Sourced): HostsFile {
  const groups = new Map<string, GroupDraft>()
  const hosts = new Map<string, Map<string, Variable>>()
  const problems: Problem[] = []
  // Ansible has these two always.
  draftOf('all').children.set('ungrouped', [])
  draftOf('ungrouped')
  for (const [name, data] of mapAt([], source.value, 'expected groups, such as all:')) {
    readGroup(name, data, [name])
  }
  return { groups, hosts, problems }

  function readGroup(name: string, data: unknown, path: ValuePath): void {
    const draft = draftOf(name)
    for (const [section, value] of mapAt(path, data, 'a group is a map of hosts, vars, children')) {
      const inside = [...path, section]
      if (section === 'hosts') {
        for (const [pattern, vars] of namesAt(inside, value))
          readHosts(draft, inside, pattern, vars)
      } else if (section === 'children') {
        for (const [child, childData] of namesAt(inside, value)) {
          if (child === 'ungrouped' && name !== 'all') {
            refuse([...inside, child], 'ungrouped can be a child of all only')
          }
          draft.children.set(child, [...inside, child])
          readGroup(child, childData, [...inside, child])
        }
      } else if (section === 'vars') {
        for (const [key, variable] of variablesAt(inside, value)) setVariable(draft, key, variable)
      } else {
        const hint = nearest(section, ['hosts', 'vars', 'children'])
        refuse(inside, `no such part of a group${hint}`)
      }
    }
  }

  function setVariable(draft: GroupDraft, key: string, variable: Variable): void {
    const priority = Number(variable.value)
    if (key !== 'ansible_group_priority') draft.vars.set(key, variable)
    else if (Number.isInteger(priority)) draft.priority = priority
    else problems.push({ place: variable.place([]), message: 'expected a whole number' })
  }

  function readHosts(draft: GroupDraft, path: ValuePath, pattern: string, data: unknown): void {
    const here = [...path, pattern]
    const vars = variablesAt(here, data)
    const { names, port } = expand(here, pattern)
    for (const name of names) {
      draft.hosts.add(name)
      let own = hosts.get(name)
      if (own === undefined) {
        own = new Map()
        hosts.set(name, own)
        if (port !== undefined) {
          const place = { ...source.place(here), key: 'ansible_port' }
          own.set('ansible_port', { value: port, place: () => place })
        }
      }
      // Where a group has the host's name, Ansible gives the group what is written for the host.
      const target = groups.get(name)?.vars ?? own
      for (const [key, variable] of vars) target.set(key, variable)
    }
  }

  function expand(path: ValuePath, pattern: string): HostPattern {
    try {
      return expandHostPattern(pattern)
    } catch (error) {
      refuse(path, messageOf(error))
      return { names: [], port: undefined }
    }
  }

  function draftOf(name: string): GroupDraft {
    const known = groups.get(name)
    if (known !== undefined) return known
    const draft = {
      name,
      hosts: new Set<string>(),
      children: new Map(),
      vars: new Map(),
      priority: 1,
    }
    groups.set(name, draft)
    return draft
  }

  function mapAt(path: ValuePath, value: unknown, expected: string): readonly Entry[] {
    const entries = entriesOf(value)
    if (entries === undefined) refuse(path, expected)
    return entries ?? []
  }

  /** Names as keys; Ansible also takes a single name as text. */
  function namesAt(path: ValuePath, value: unknown): readonly Entry[] {
    const entries = typeof value === 'string' ? [[value, null] as const] : entriesOf(value)
    if (entries?.every(([name]) => /^\S+$/.test(name)) === true) return entries
    refuse(path, 'write each name in a line of its own, with a colon behind it')
    return []
  }

  function variablesAt(path: ValuePath, value: unknown): readonly (readonly [string, Variable])[] {
    return mapAt(path, value, 'expected variables: name: value').map(
      ([name, value]) => [name, variableAt(source, [...path, name], value)] as const,
    )
  }

  function refuse(path: ValuePath, message: string): void {
    problems.push({ place: source.place(path), message })
  }
}

type Entry = readonly [string, unknown]
