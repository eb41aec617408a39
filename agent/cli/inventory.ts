import type { Vars } from '../inventory/inventory.ts'
import type { Option } from '../roles/argument-spec.ts'
import type { ConfigTree } from '../source/config-tree.ts'
import { UsageError } from '../system/errors.ts'
import { nearest } from '../yaml/nearest.ts'
import { openTree } from './open-tree.ts'
import type { Verb } from './verb.ts'

interface Flags {
  readonly inventory?: string
  readonly host?: string
  readonly graph?: string | boolean
  readonly reveal?: boolean
}

/** `evenkeel inventory`: what the inventory says, in the shapes of ansible-inventory. */
export function addInventory({ program, node }: Verb): void {
  program
    .command('inventory')
    .description('show the variables of a host, or the groups as a graph')
    .option('--host <name>', 'the merged variables of a host, as JSON')
    .option('--graph [group]', 'groups and hosts, from all or from this group down')
    .option('--reveal', 'show passwords and keys, too')
    .option('-i, --inventory <dir>', 'use this folder; default: the release in use')
    .action(async (flags: Flags) => {
      const { tree, inventory } = await openTree(flags.inventory, node)
      const { formatGraph, formatVars } = await import('../inventory/graph.ts')
      if (flags.host !== undefined) {
        if (!inventory.hostByName.has(flags.host)) {
          const close = nearest(flags.host, inventory.hosts)
          throw new UsageError(`no host "${flags.host}" in the inventory${close}`)
        }
        const { maskVars } = await import('../roles/mask-vars.ts')
        const { mergeVars } = await import('../inventory/merge.ts')
        const vars = mergeVars(inventory, flags.host)
        const shown =
          flags.reveal === true ? vars : maskVars(vars, await optionsOf(vars, tree, node))
        process.stdout.write(`${formatVars(shown)}\n`)
      } else if (flags.graph !== undefined) {
        const from = typeof flags.graph === 'string' ? flags.graph : 'all'
        process.stdout.write(`${formatGraph(inventory, from)}\n`)
      } else {
        throw new UsageError('inventory needs --host NAME or --graph')
      }
    })
}

/** What the roles of a host say of its variables. A role that can't be read says nothing: "validate" says why. */
async function optionsOf(
  vars: Vars,
  tree: ConfigTree,
  { paths, system, tree: files = system }: Verb['node'],
): Promise<Readonly<Record<string, Option>>> {
  const { createRoleLoader } = await import('../roles/load-role.ts')
  const { ownOptions } = await import('../roles/own-variables.ts')
  const load = createRoleLoader({ own: tree.roles, builtIn: paths.builtInRoles }, files)
  const asked = vars.get('roles')
  const names: readonly unknown[] = Array.isArray(asked?.value) ? asked.value : []
  const options: Record<string, Option> = { ...ownOptions }
  for (const name of names) {
    const role = await load(String(name), { file: tree.inventory }).catch(() => null)
    Object.assign(options, role?.options)
  }
  return options
}
