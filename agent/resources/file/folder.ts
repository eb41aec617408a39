import { dirname } from 'node:path/posix'
import type { System } from '../../system/system.ts'
import type { Attributes } from './attributes.ts'

/** Makes a folder and its missing parents. What is left out of the attributes is 0755 root; so are parents. */
export async function makeFolders(
  path: string,
  attributes: Attributes,
  system: Pick<System, 'stat' | 'makeFolder' | 'setMode' | 'setOwner'>,
): Promise<void> {
  const parent = dirname(path)
  if ((await system.stat(parent)) === null) await makeFolders(parent, {}, system)
  await system.makeFolder(path)
  await system.setOwner(path, attributes.owner ?? 'root', attributes.group ?? 'root')
  await system.setMode(path, attributes.mode ?? 0o755)
}
