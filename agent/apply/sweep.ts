import { join } from 'node:path'
import type { System } from '../system/system.ts'
import { targetOfTemporary } from '../system/temporary-name.ts'

/**
 * Removes temporary files that a killed run has left in a folder. To be called with the lock: nobody else is
 * writing there.
 * @param name of the file that they were for. Default: any
 */
export async function sweep(
  folder: string,
  system: Pick<System, 'list' | 'remove'>,
  name?: string,
): Promise<void> {
  for (const found of (await system.list(folder)) ?? []) {
    const target = targetOfTemporary(found)
    if (target === null || (name !== undefined && target !== name)) continue
    await system.remove(join(folder, found))
  }
}
