import { dirname, resolve } from 'node:path'
import { LocalError, messageOf } from '../../system/errors.ts'
import type { FileStat, System } from '../../system/system.ts'
import { observePath } from '../file/path-state.ts'
import type { BootFile } from './boot.ts'
import { normaliseValue, toKeyName } from './key.ts'

type Reader = Pick<System, 'list' | 'inspect' | 'readLink'>

/** In the order of precedence between files of one name: sysctl.d(5). */
const bootFolders = ['/etc', '/run', '/usr/local/lib', '/usr/lib'].map((root) => `${root}/sysctl.d`)

/** A file of the boot folders, with what is needed to edit it in place. */
export interface FoundBootFile extends BootFile {
  /** Where its links lead. */
  readonly target: string
  /** Of the target; null when it is not there. */
  readonly stat: FileStat | null
}

/** The live value of a key, in single spaces; null when this kernel has no such key. */
export async function readLiveValue(
  path: string,
  system: Pick<System, 'readFile'>,
): Promise<string | null> {
  try {
    const content = await system.readFile(`/proc/sys/${path}`)
    return content === null ? null : normaliseValue(decode(content))
  } catch (error) {
    const message = messageOf(error)
    if (message.includes('EISDIR')) return null
    throw new LocalError(`${toKeyName(path)} can't be read: ${message}`, { cause: error })
  }
}

/** The files that systemd-sysctl reads at boot; of those with one name, the first. */
export async function readBootFiles(system: Reader): Promise<readonly FoundBootFile[]> {
  const paths = new Map<string, string>()
  for (const folder of bootFolders) {
    for (const name of (await system.list(folder)) ?? []) {
      const isRead = name.endsWith('.conf') && !name.startsWith('.')
      if (isRead && !paths.has(name)) paths.set(name, `${folder}/${name}`)
    }
  }
  return Promise.all([...paths.values()].map((path) => readBootFile(path, system)))
}

async function readBootFile(path: string, system: Reader): Promise<FoundBootFile> {
  const target = await followLinks(path, system)
  const { stat, content } = await observePath(target, system)
  return { path, target, stat, text: content === null ? '' : decode(content) }
}

/** Ends at what is no link. A link to /dev/null masks a file, and reads as empty. */
async function followLinks(path: string, system: Reader): Promise<string> {
  let target = path
  // The kernel gives up after 40 links too: path_resolution(7)
  for (let count = 0; count < 40; count++) {
    const link = await system.readLink(target)
    if (link === null) return target
    target = resolve(dirname(target), link)
  }
  return target
}

function decode(content: Uint8Array): string {
  return new TextDecoder().decode(content)
}
