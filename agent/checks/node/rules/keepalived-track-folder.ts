import { posix } from 'node:path'
import { readTrackFiles } from '../../../programs/keepalived/named-path.ts'
import type { KeepalivedPath } from '../../../programs/keepalived/named-path.ts'
import { keepalivedConfigPath } from '../../desired/keepalived-desired.ts'
import type { Finding } from '../../finding.ts'
import { describePlace, isFolder } from '../place.ts'
import { keepalivedConcerns } from '../rule.ts'
import type { NodeRule } from '../rule.ts'
import { isStopped } from '../wanted.ts'
import type { Wanted, WantedFile } from '../wanted.ts'

/**
 * A tracked file in a folder that does not exist: keepalived 2.2 drops the tracker without a word and is
 * healthy for ever (`-t` ends with 0), 2.3 refuses the file.
 */
export const keepalivedTrackFolder: NodeRule = {
  id: 'keepalived-track-folder',
  concerns: [...keepalivedConcerns, '/etc/tmpfiles.d/'],
  paths: (wanted) => trackFiles(wanted).map(({ path }) => posix.dirname(path)),
  check(wanted, node) {
    return trackFiles(wanted).flatMap(({ line, what, path }): readonly Finding[] => {
      const folder = posix.dirname(path)
      const config = wantedKeepalived(wanted)
      if (config === null || isFolder(folder, wanted, node)) return []
      return [
        {
          rule: keepalivedTrackFolder.id,
          level: 'error',
          place: config.place,
          message: `${keepalivedConfigPath}:${line} ${what}: ${folder} ${describePlace(folder, node)}, and no task makes it: keepalived would track nothing and keep the VIPs whatever the file says; make the folder by a file of /etc/tmpfiles.d and a command that "creates: ${path}"`,
        },
      ]
    })
  },
}

/** keepalived.conf as it is to be; null where there is none, or keepalived is not to run. */
export function wantedKeepalived(wanted: Wanted): WantedFile | null {
  if (isStopped(wanted, 'keepalived.service')) return null
  return wanted.files.get(keepalivedConfigPath) ?? null
}

/** What `@id` lines are compared with. */
export function configIdOf(wanted: Wanted): string {
  return wanted.host.split('.')[0] ?? ''
}

function trackFiles(wanted: Wanted): readonly KeepalivedPath[] {
  const config = wantedKeepalived(wanted)
  return config === null ? [] : readTrackFiles(config.text, configIdOf(wanted))
}
