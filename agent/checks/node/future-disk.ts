import type { System } from '../../system/system.ts'
import type { DesiredFile } from '../desired/rule.ts'

/**
 * The files of the node as a run leaves them.
 * @param files that the run wants, by path
 * @param changing paths of all that it writes or removes
 */
export function futureDisk(
  files: ReadonlyMap<string, DesiredFile>,
  changing: ReadonlySet<string>,
  system: Pick<System, 'readFile' | 'list'>,
): Pick<System, 'readFile' | 'list'> {
  const isRemoved = (path: string): boolean => changing.has(path) && !files.has(path)
  return {
    async readFile(path, options) {
      const wanted = files.get(path)
      if (wanted !== undefined) return Buffer.from(wanted.text)
      return isRemoved(path) ? null : system.readFile(path, options)
    },
    async list(folder) {
      const made = [...files.keys()]
        .filter((path) => path.startsWith(`${folder}/`))
        .map((path) => path.slice(folder.length + 1).split('/')[0] ?? '')
      const present = await system.list(folder)
      if (present === null && made.length === 0) return null
      const left = (present ?? []).filter((name) => !isRemoved(`${folder}/${name}`))
      return [...new Set([...left, ...made])].sort()
    },
  }
}
