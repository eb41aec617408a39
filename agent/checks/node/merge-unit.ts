import { parseUnitTexts } from '../../programs/systemd/unit-file.ts'
import type { UnitSettings } from '../../programs/systemd/unit-file.ts'
import type { System } from '../../system/system.ts'
import type { DesiredFile } from '../desired/rule.ts'

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
