import { findKeepalived, readKeepalivedVersion } from '../../programs/keepalived/running.ts'
import { readInstances } from '../../programs/keepalived/read-instances.ts'
import type { ConfigDisk } from '../../programs/keepalived/read-instances.ts'
import { findWireChanges } from '../../programs/keepalived/wire-change.ts'
import { readText } from '../../system/read-text.ts'
import type { System } from '../../system/system.ts'
import { keepalivedConfigPath } from '../desired/keepalived-desired.ts'
import type { Finding } from '../finding.ts'
import { judgeWireChange } from './judge-wire-change.ts'
import type { PeerKeepalived } from './judge-wire-change.ts'
import { configIdOf, wantedKeepalived } from './rules/keepalived-track-folder.ts'
import type { Wanted } from './wanted.ts'

const rule = 'keepalived-wire-change'

/**
 * Refuses to change on this node alone what all nodes of a VRRP instance must agree on, unless every peer proves that
 * it runs no keepalived, or has the change already. A keepalived that does not run here changes nothing: what it
 * starts with is new to the wire (see askWire).
 * @param disk the files as the run leaves them
 * @param askPeers asked only where something of that kind changes
 */
export async function checkWireChange(
  wanted: Wanted,
  disk: Pick<System, 'readFile' | 'list'>,
  askPeers: () => Promise<readonly PeerKeepalived[]>,
  system: Pick<System, 'inspect' | 'list' | 'run'>,
): Promise<readonly Finding[]> {
  const config = wantedKeepalived(wanted)
  const pid = await findKeepalived(system)
  if (config === null || pid === null) return []
  const id = configIdOf(wanted)
  const before = await readInstances(keepalivedConfigPath, asItIs(system), id)
  const after = await readInstances(keepalivedConfigPath, asItWillBe(disk), id)
  const changes = findWireChanges(before ?? [], after ?? [])
  if (changes.length === 0) return []
  const peers = await askPeers()
  const version = await readKeepalivedVersion(pid, system)
  return judgeWireChange(changes, { peers, version }).map(({ file, line, message }) => ({
    rule,
    level: 'error',
    place: wanted.files.get(file)?.place ?? config.place,
    message: `${file}:${line} ${message}`,
  }))
}

function asItIs(system: Pick<System, 'inspect' | 'list'>): ConfigDisk {
  return { read: (path) => readText(path, system), list: (folder) => system.list(folder) }
}

function asItWillBe(disk: Pick<System, 'readFile' | 'list'>): ConfigDisk {
  return {
    async read(path) {
      const content = await disk.readFile(path)
      return content && new TextDecoder().decode(content)
    },
    list: (folder) => disk.list(folder),
  }
}
