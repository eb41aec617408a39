import { parseUnitTexts } from '../../programs/systemd/unit-file.ts'
import type { UnitSettings } from '../../programs/systemd/unit-file.ts'
import type { System } from '../../system/system.ts'

/** Where systemd looks for units, the first wins: systemd.unit(5). */
const folders = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
]

/**
 * A unit as systemd reads it: the unit's file, then its drop-ins by name, where one of /etc hides one of /usr
 * that has its name.
 * @param standard text of the unit's file where there is none yet
 */
export async function mergeUnit(
  unit: string,
  standard: string,
  disk: Pick<System, 'list' | 'readFile'>,
): Promise<UnitSettings> {
  const read = async (path: string): Promise<string | null> => {
    const content = await disk.readFile(path)
    return content === null ? null : new TextDecoder().decode(content)
  }
  let main: string | null = null
  for (const folder of folders) main ??= await read(`${folder}/${unit}`)
  const texts = [main ?? standard]
  const dropIns = new Map<string, string>()
  for (const directory of ['service.d', `${unit}.d`]) {
    for (const folder of folders.toReversed()) {
      const place = `${folder}/${directory}`
      const names = (await disk.list(place)) ?? []
      for (const name of names) if (name.endsWith('.conf')) dropIns.set(name, `${place}/${name}`)
    }
  }
  for (const name of [...dropIns.keys()].sort()) {
    texts.push((await read(dropIns.get(name) ?? '')) ?? '')
  }
  return parseUnitTexts(texts)
}
