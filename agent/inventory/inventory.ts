import type { Warning } from '../diagnostics/warning.ts'
import type { Place } from '../system/errors.ts'
import type { ValuePath } from '../yaml/yaml.ts'

/** One variable as the inventory has it: not yet templated. */
export interface Variable {
  readonly value: unknown
  /** The place of a part of it. The path begins below the variable; the place's key with its name. */
  place(path: ValuePath): Place
}

/** Variables by name. */
export type Vars = ReadonlyMap<string, Variable>

/** Variables of a group or host, apart by where they are written, since Ansible ranks them apart. */
export interface Written {
  /** In hosts.yml. */
  readonly inline: Vars
  /** In group_vars/ or host_vars/. */
  readonly files: Vars
}

export interface Group extends Written {
  readonly name: string
  /** Its own hosts, without those of its children. */
  readonly hosts: readonly string[]
  readonly children: readonly string[]
  readonly parents: readonly string[]
  /** Longest way from `all`, which has 0. A deeper group's variables win. */
  readonly depth: number
  /** `ansible_group_priority` in hosts.yml, 1 by default: ranks groups of the same depth. */
  readonly priority: number
}

export interface Host extends Written {
  readonly name: string
}

/** An inventory as it is on disk. */
export interface Inventory {
  /** The hosts file, relative to the config repo. */
  readonly file: string
  /** Names of hosts in Ansible's order. */
  readonly hosts: readonly string[]
  readonly hostByName: ReadonlyMap<string, Host>
  /** Has `all` and `ungrouped` always. */
  readonly groups: ReadonlyMap<string, Group>
  /** What Ansible would pass over in silence, such as group_vars of a group that does not exist. */
  readonly warnings: readonly Warning[]
}
