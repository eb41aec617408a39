import { join, resolve } from 'node:path'
import type { Inventory } from '../inventory/inventory.ts'
import { loadInventory } from '../inventory/load.ts'
import { findConfigTree } from '../source/config-tree.ts'
import type { ConfigTree } from '../source/config-tree.ts'
import { loadState } from '../store/state.ts'
import { UsageError } from '../system/errors.ts'
import type { Verb } from './verb.ts'

/**
 * The config repo that a verb reads from: the folder of `-i`, else the release that was attempted last.
 * @throws UsageError when this node has no release yet
 */
export async function openTree(
  folder: string | undefined,
  { paths, system, tree: files = system }: Verb['node'],
): Promise<{ readonly tree: ConfigTree; readonly inventory: Inventory }> {
  const tree = await findConfigTree(folder === undefined ? await release() : resolve(folder), files)
  return { tree, inventory: await loadInventory(tree.inventory, tree.root, files) }

  async function release(): Promise<string> {
    const state = await loadState(paths, system)
    const commit = state.attempted?.commit ?? state.applied?.commit
    if (commit === undefined) {
      throw new UsageError('this node has no release yet: name a folder with -i, or converge first')
    }
    return join(paths.state, 'releases', commit)
  }
}
