import { posix } from 'node:path'
import { foldersOfUnit } from '../../programs/systemd/unit-file.ts'
import type { NodeView } from './node-view.ts'
import type { Wanted } from './wanted.ts'

/** Whether a folder is there, or will be before the services start. */
export function isFolder(path: string, wanted: Wanted, node: NodeView): boolean {
  const plain = posix.resolve(path)
  return (
    wanted.folders.has(plain) ||
    node.paths.get(path)?.type === 'directory' ||
    foldersOfUnit(node.haproxy.unit).includes(plain)
  )
}

/** Why a folder can't be used: `does not exist`; to be asked where {@link isFolder} is false. */
export function describePlace(path: string, node: NodeView): string {
  const found = node.paths.get(path) ?? null
  return found === null ? 'does not exist' : 'is not a folder'
}
