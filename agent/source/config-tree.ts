import { dirname, join } from 'node:path'
import { UsageError } from '../system/errors.ts'
import type { System } from '../system/system.ts'

/** A config repo on disk: a release, or a folder that a person named with `-i`. */
export interface ConfigTree {
  /** Places are shown relative to it. */
  readonly root: string
  /** The folder that holds hosts.yml. */
  readonly inventory: string
  /** Folders that may hold roles of its own, the first that has one wins: beside the inventory, or in it. */
  readonly roles: readonly string[]
}

/**
 * Finds inventory and roles below a folder: a config repo, or its inventory folder, like Ansible's `-i`.
 * @throws UsageError when the folder holds no hosts.yml
 */
export async function findConfigTree(
  folder: string,
  files: Pick<System, 'list'>,
): Promise<ConfigTree> {
  const hasHosts = async (path: string): Promise<boolean> =>
    ((await files.list(path)) ?? []).some((name) => name === 'hosts.yml' || name === 'hosts.yaml')
  const inner = join(folder, 'inventory')
  if (await hasHosts(inner)) return treeOf(folder, inner)
  if (await hasHosts(folder)) return treeOf(dirname(folder), folder)
  throw new UsageError(
    `${folder}: no hosts.yml and no inventory/hosts.yml in it; name the folder of a config repo or its inventory`,
  )
}

function treeOf(root: string, inventory: string): ConfigTree {
  return { root, inventory, roles: [join(root, 'roles'), join(inventory, 'roles')] }
}
