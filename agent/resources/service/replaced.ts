import { findReplacedFiles } from '../../system/replaced-files.ts'
import type { System } from '../../system/system.ts'

/** The files of {@link findReplacedFiles} that the main process of a unit and its children run. */
export async function findReplaced(
  mainPid: number | null,
  system: Pick<System, 'readFile'>,
): Promise<readonly string[]> {
  if (mainPid === null) return []
  const read = async (path: string): Promise<string> =>
    Buffer.from((await system.readFile(path)) ?? '').toString()
  const children = await read(`/proc/${mainPid}/task/${mainPid}/children`)
  const pids = [String(mainPid), ...children.split(' ').filter(Boolean)]
  const maps = await Promise.all(pids.map((pid) => read(`/proc/${pid}/maps`)))
  return findReplacedFiles(maps.join(''))
}
