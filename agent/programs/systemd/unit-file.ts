/** Values of the section [Service], as the unit's files give them, in order. */
export type UnitSettings = ReadonlyMap<string, readonly string[]>

/**
 * Reads a unit's files (systemd.syntax(7)). An empty value takes back those before it, as systemd has it for lists;
 * a backslash at its end continues a line, with comments between left out.
 */
export function parseUnitTexts(texts: readonly string[]): UnitSettings {
  const settings = new Map<string, readonly string[]>()
  for (const text of texts) {
    let section = ''
    const joined = text.replaceAll(/\\\n(?:[ \t]*[#;].*\n)*/g, ' ')
    for (const line of joined.split('\n').map((one) => one.trim())) {
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

/** Whether a path is the file of a unit, of its drop-ins, or of the variables that Debian's units read. */
export function isOfUnit(path: string, unit: string): boolean {
  const file = `/etc/systemd/system/${unit}`
  const variables = `/etc/default/${unit.replace(/\.[^.]*$/, '')}`
  return path === file || path === variables || path.startsWith(`${file}.d/`)
}
