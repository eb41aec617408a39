import { configFilesIn, parseCommandLine } from '../../programs/haproxy/command-line.ts'
import { readConfig } from '../../programs/haproxy/config.ts'
import type { HaproxyConfig } from '../../programs/haproxy/config.ts'
import { debianUnit, haproxyUnit } from '../../programs/haproxy/paths.ts'
import { environmentFiles, unitEnvironment } from '../../programs/systemd/environment.ts'
import { startCommand } from '../../programs/systemd/exec-command.ts'
import { parseUnitTexts } from '../../programs/systemd/unit-file.ts'
import type { HostState } from './rule.ts'

/**
 * The configuration that haproxy is to have on a host, as far as the desired state holds it: the files that its
 * unit names, which is Debian's unless the desired state has another one or drop-ins for it.
 */
export function readDesiredHaproxy({ files }: Pick<HostState, 'files'>): HaproxyConfig {
  const textOf = (path: string): string | null => files.get(path)?.text ?? null
  const place = `/etc/systemd/system/${haproxyUnit}`
  const dropIns = [...files.keys()].filter((path) => /\.d\/[^/]+\.conf$/.test(path)).sort()
  const unit = parseUnitTexts([
    textOf(place) ?? debianUnit,
    ...dropIns.filter((path) => path.startsWith(`${place}.d/`)).map((path) => textOf(path) ?? ''),
  ])
  const texts = environmentFiles(unit).flatMap((path) => textOf(path) ?? [])
  const variables = unitEnvironment(unit, texts)
  const { configs, localPeer } = parseCommandLine(startCommand(unit, variables))
  const paths = configs.flatMap((path) => (files.has(path) ? [path] : filesBelow(path, files)))
  return readConfig(
    paths.map((path) => ({ path, text: textOf(path) ?? '' })),
    {
      environment: { variables, isComplete: false },
      version: null,
      localPeer,
      isLocalPeerFixed: localPeer !== null,
    },
  )
}

function filesBelow(folder: string, files: HostState['files']): readonly string[] {
  const begin = `${folder.replace(/\/+$/, '')}/`
  const below = [...files.keys()].filter((path) => path.startsWith(begin))
  const names = below.map((path) => path.slice(begin.length)).filter((it) => !it.includes('/'))
  return configFilesIn(names).map((name) => begin + name)
}
