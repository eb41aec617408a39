import { parseKeepalivedConfig } from '../../programs/keepalived/config.ts'
import type { Located, VrrpInstance } from '../../programs/keepalived/config.ts'
import { includedFiles } from '../../programs/keepalived/include.ts'
import type { Place } from '../../system/errors.ts'
import type { HostState } from './rule.ts'

/** The file that keepalived reads unless told otherwise. */
export const keepalivedConfigPath = '/etc/keepalived/keepalived.conf'

/** An instance with the desired file that it stands in. */
export interface DesiredInstance extends VrrpInstance {
  readonly file: string
  readonly place: Place
}

export interface DesiredKeepalived {
  readonly text: string
  readonly place: Place
  /** Of the file and of all desired files that it includes. */
  readonly instances: readonly DesiredInstance[]
  /** Includes that no desired file answers: what they hold isn't known here. */
  readonly unknownIncludes: readonly Located<string>[]
}

/** What keepalived would run on a host; null when no keepalived.conf is asked for. */
export function readDesiredKeepalived(host: HostState): DesiredKeepalived | null {
  const main = host.files.get(keepalivedConfigPath)
  if (main === undefined) return null
  const instances: DesiredInstance[] = []
  const unknownIncludes: Located<string>[] = []
  const read = new Set<string>()
  const pending = [keepalivedConfigPath]
  for (let path = pending.shift(); path !== undefined; path = pending.shift()) {
    const file = host.files.get(path)
    if (file === undefined || read.has(path)) continue
    read.add(path)
    const config = parseKeepalivedConfig(file.text, host.host.split('.')[0])
    for (const instance of config.instances) {
      instances.push({ ...instance, file: path, place: file.place })
    }
    for (const include of config.includes) {
      const { pattern } = includedFiles(path, include.value)
      const found = [...host.files.keys()].filter((name) => pattern.test(name))
      if (found.length === 0) unknownIncludes.push(include)
      pending.push(...found)
    }
  }
  return { text: main.text, place: main.place, instances, unknownIncludes }
}
