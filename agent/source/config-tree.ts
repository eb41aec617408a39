import { dirname, join } from 'node:path'
import { UsageError } from '../errors.ts'
import type { System } from '../system/system.ts'

/** A config repo on disk: a release, or a folder that a person named with `-i`. */
export interface ConfigTree {
  /** Places are shown relative to it. */
  readonly root: string
  /** The folder that holds hosts.yml. */
  readonly inventory: string
  readonly roles: string
}

/**
 * Finds inventory and roles below a folder. Like Ansible's `-i` it may be the inventory folder itself;
 * roles are then looked for beside it, one or two folders up.
 * @throws UsageError when the folder holds no hosts.yml
 */
export async function findConfigTree(
  folder: string,
  files: Pick<System, 'list'>,
): Promise<ConfigTree> {
  const has = async (path: string, names: readonly string[]): Promise<boolean> => {
    const found = (await files.list(path)) ?? []
    return names.some((name) => found.includes(name))
  }
  const hosts = ['hosts.yml', 'hosts.yaml']
  if (await has(join(folder, 'inventory'), hosts)) {
    return { root: folder, inventory: join(folder, 'inventory'), roles: join(folder, 'roles') }
  }
  if (!(await has(folder, hosts))) {
    throw new UsageError(
      `${folder}: no hosts.yml and no inventory/hosts.yml in it; name the folder of a config repo or its inventory`,
    )
  }
  const above = dirname(folder)
  const root = (await has(above, ['roles'])) ? above : dirname(above)
  const isNear = root === above || (await has(root, ['roles']))
  return {
    root: isNear ? root : above,
    inventory: folder,
    roles: join(isNear ? root : above, 'roles'),
  }
}
