import type { DesiredFile } from '../../checks/desired/rule.ts'
import type { System } from '../../system/system.ts'

/** Values of the section [Service], as the unit's files give them, in order. */
export type UnitSettings = ReadonlyMap<string, readonly string[]>

/** Where systemd looks for units, the first wins: systemd.unit(5). */
const folders = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
]

/**
 * A unit as it will be once the desired files are in place and systemd has read them: the unit's file,
 * then its drop-ins by name, where one of /etc hides one of /usr that has its name.
 */
export async function mergeUnit(
  unit: string,
  files: ReadonlyMap<string, DesiredFile>,
  system: Pick<System, 'list' | 'readFile'>,
): Promise<UnitSettings> {
  const read = async (path: string): Promise<string | null> => {
    const content = files.get(path)?.text ?? (await system.readFile(path))
    return typeof content === 'string' || content === null
      ? content
      : new TextDecoder().decode(content)
  }
  const texts: string[] = []
  for (const folder of folders) {
    const text = await read(`${folder}/${unit}`)
    if (text === null) continue
    texts.push(text)
    break
  }
  const dropIns = new Map<string, string>()
  for (const directory of ['service.d', `${unit}.d`]) {
    for (const folder of folders.toReversed()) {
      const place = `${folder}/${directory}`
      const asked = [...files.keys()].filter((path) => path.startsWith(`${place}/`))
      const names = [
        ...((await system.list(place)) ?? []),
        ...asked.map((path) => path.slice(place.length + 1)),
      ]
      for (const name of names) if (name.endsWith('.conf')) dropIns.set(name, `${place}/${name}`)
    }
  }
  for (const name of [...dropIns.keys()].sort()) {
    texts.push((await read(dropIns.get(name) ?? '')) ?? '')
  }
  return parseUnitTexts(texts)
}

/** An empty value takes back those before it, as systemd has it for lists. */
export function parseUnitTexts(texts: readonly string[]): UnitSettings {
  const settings = new Map<string, readonly string[]>()
  for (const text of texts) {
    let section = ''
    for (const line of text.split('\n').map((one) => one.trim())) {
      section = /^\[(.*)\]$/.exec(line)?.[1] ?? section
      const match = /^([A-Za-z]+)\s*=\s*(.*)$/.exec(line)
      if (section !== 'Service' || !match) continue
      const [, name = '', value = ''] = match
      settings.set(name, value === '' ? [] : [...(settings.get(name) ?? []), value])
    }
  }
  return settings
}

/** Folders that systemd makes before it starts the unit: systemd.exec(5). */
export function foldersOfUnit(settings: UnitSettings): readonly string[] {
  const roots = { RuntimeDirectory: '/run', StateDirectory: '/var/lib', LogsDirectory: '/var/log' }
  return Object.entries(roots).flatMap(([name, root]) =>
    (settings.get(name) ?? [])
      .flatMap((value) => value.split(/\s+/))
      .map((folder) => `${root}/${folder.split(':')[0]}`),
  )
}
