import type { FileStat, System } from '../../system/system.ts'

/** What a node has at a path that is to be a file. */
export interface PathState {
  readonly stat: FileStat | null
  /** Only of a file: what a link leads to is not ours to compare. */
  readonly content: Uint8Array | null
  /** Where it leads, if the path is a link. */
  readonly target: string | null
}

/** Reads what is at a path. */
export async function observePath(
  path: string,
  system: Pick<System, 'stat' | 'readFile' | 'readLink'>,
): Promise<PathState> {
  const stat = await system.stat(path)
  return {
    stat,
    content: stat?.type === 'file' ? await system.readFile(path) : null,
    target: stat?.type === 'link' ? await system.readLink(path) : null,
  }
}
