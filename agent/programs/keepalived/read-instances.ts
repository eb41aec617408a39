import type { System } from '../../system/system.ts'
import { parseKeepalivedConfig } from './config.ts'
import type { VrrpInstance } from './config.ts'
import { includedFiles } from './include.ts'

/** A VRRP instance, and the file that it stands in. */
export interface PlacedInstance extends VrrpInstance {
  readonly file: string
}

/** Where configuration is read: the node as it is, or as a run leaves it. */
export interface ConfigDisk extends Pick<System, 'list'> {
  /** null: there is no such file. */
  read(path: string): Promise<string | null>
}

/**
 * The instances of keepalived.conf and of all files that it includes, in the order of reading; null: there is no
 * keepalived.conf.
 * @param configId what `@id` lines are compared with: the short name of the host
 */
export async function readInstances(
  file: string,
  disk: ConfigDisk,
  configId = '',
): Promise<readonly PlacedInstance[] | null> {
  const found: PlacedInstance[] = []
  const pending = [file]
  const done = new Set<string>()
  for (let path = pending.shift(); path !== undefined; path = pending.shift()) {
    const text = done.has(path) ? null : await disk.read(path)
    if (text === null) continue
    done.add(path)
    const { instances, includes } = parseKeepalivedConfig(text, configId)
    found.push(...instances.map((instance) => ({ ...instance, file: path })))
    for (const { value } of includes) {
      const { folder, pattern } = includedFiles(path, value)
      const names = (await disk.list(folder)) ?? []
      pending.push(...names.map((name) => `${folder}/${name}`).filter((it) => pattern.test(it)))
    }
  }
  return done.has(file) ? found : null
}
