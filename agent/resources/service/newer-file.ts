import type { System } from '../../system/system.ts'

/**
 * The first file that changed after a process read its configuration, or null. Folders count with all
 * that is in them, hidden files and editors' backups apart.
 * Known limit: a copy that keeps an old modification time goes unnoticed.
 * @param since milliseconds since the epoch
 */
export async function findNewer(
  paths: readonly string[],
  since: number,
  system: Pick<System, 'stat' | 'list'>,
): Promise<string | null> {
  for (const path of paths) {
    const stat = await system.stat(path)
    if (stat === null) continue
    if (stat.type === 'directory') {
      const names = ((await system.list(path)) ?? []).filter((name) => !/^\.|~$/.test(name))
      const below = names.map((name) => `${path}/${name}`)
      const found = await findNewer(below, since, system)
      if (found !== null) return found
    }
    // Last for a folder: the file in it tells more than the folder, which tells that one is gone
    if (stat.mtime > since) return path
  }
  return null
}
