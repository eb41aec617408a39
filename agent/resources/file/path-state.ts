import type { FileStat, Found, System } from '../../system/system.ts'

/** What a node has at a path that is to be a file. What a link leads to is not ours to compare. */
export interface PathState extends Omit<Found, 'stat'> {
  readonly stat: FileStat | null
}

const nothing: PathState = { stat: null, content: null, unread: null, target: null }

/**
 * Reads what is at a path.
 * @param limit bytes; a longer file is not read. Default: that of {@link System.inspect}
 */
export async function observePath(
  path: string,
  system: Pick<System, 'inspect'>,
  limit?: number,
): Promise<PathState> {
  return (await system.inspect(path, limit === undefined ? {} : { limit })) ?? nothing
}
