import type { Inventory } from '../../agent/inventory/inventory.ts'
import { loadInventory } from '../../agent/inventory/load.ts'
import { fakeSystem } from '../fake-system.ts'

/**
 * Loads an inventory of a config repo in memory.
 * @param texts by name below inventory/
 * @param beside by name below the repo
 */
export async function load(
  texts: Readonly<Record<string, string>>,
  beside: Readonly<Record<string, string>> = {},
): Promise<Inventory> {
  const files = Object.fromEntries([
    ...Object.entries(texts).map(([name, text]) => [`/repo/inventory/${name}`, text] as const),
    ...Object.entries(beside).map(([name, text]) => [`/repo/${name}`, text] as const),
  ])
  return loadInventory('/repo/inventory', '/repo', fakeSystem({ files }))
}
