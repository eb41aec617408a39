import { UsageError } from '../system/errors.ts'
import { nearest } from '../yaml/nearest.ts'
import { openTree } from './open-tree.ts'
import type { Verb } from './verb.ts'

interface Flags {
  readonly inventory?: string
  readonly host?: string
  readonly graph?: string | boolean
}

/** `evenkeel inventory`: what the inventory says, in the shapes of ansible-inventory. */
export function addInventory({ program, node }: Verb): void {
  program
    .command('inventory')
    .description('show the variables of a host, or the groups as a graph')
    .option('--host <name>', 'the merged variables of a host, as JSON')
    .option('--graph [group]', 'groups and hosts, from all or from this group down')
    .option('-i, --inventory <dir>', 'use this folder; default: the release in use')
    .action(async (flags: Flags) => {
      const { inventory } = await openTree(flags.inventory, node)
      const { formatGraph, formatVars } = await import('../inventory/graph.ts')
      if (flags.host !== undefined) {
        if (!inventory.hostByName.has(flags.host)) {
          const close = nearest(flags.host, inventory.hosts)
          throw new UsageError(`no host "${flags.host}" in the inventory${close}`)
        }
        const { mergeVars } = await import('../inventory/merge.ts')
        process.stdout.write(`${formatVars(mergeVars(inventory, flags.host))}\n`)
      } else if (flags.graph !== undefined) {
        const from = typeof flags.graph === 'string' ? flags.graph : 'all'
        process.stdout.write(`${formatGraph(inventory, from)}\n`)
      } else {
        throw new UsageError('inventory needs --host NAME or --graph')
      }
    })
}
