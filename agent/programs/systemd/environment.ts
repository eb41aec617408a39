import type { UnitSettings } from './unit-file.ts'
import { splitUnitWords } from './unit-words.ts'

/** Paths of the files that a unit has variables from, in order: EnvironmentFile=, systemd.exec(5). */
export function environmentFiles(unit: UnitSettings): readonly string[] {
  return (unit.get('EnvironmentFile') ?? []).map((path) => path.replace(/^-/, ''))
}

/**
 * The variables that a unit sets; systemd adds some of its own. A file counts more than `Environment=`, and a
 * later file more than an earlier one.
 * @param texts of the {@link environmentFiles} that exist, in their order
 */
export function unitEnvironment(
  unit: UnitSettings,
  texts: readonly string[],
): ReadonlyMap<string, string> {
  const assigned = (unit.get('Environment') ?? []).flatMap(splitUnitWords).flatMap((word) => {
    const [, name, value = ''] = /^(\w+)=(.*)$/s.exec(word) ?? []
    return name === undefined ? [] : [[name, value] as const]
  })
  return new Map([...assigned, ...texts.flatMap(parseEnvironmentFile)])
}

/** `NAME=value`: what begins with quotes may have several of them; all else goes on to the end of the line. */
const assignment =
  /^[ \t]*([A-Za-z_]\w*)[ \t]*=((?:[ \t]*(?:'[^']*'|"(?:\\[^]|[^"\\])*"))*)[ \t]*((?:\\[^]|[^\n\\])*)/gm

/** Reads an environment file as systemd does (parse_env_file_internal): nothing in it is replaced. */
export function parseEnvironmentFile(text: string): readonly (readonly [string, string])[] {
  return [...text.matchAll(assignment)].map(([, name = '', quoted = '', plain = '']) => {
    const parts = quoted.match(/'[^']*'|"(?:\\[^]|[^"\\])*"/g) ?? []
    const rest = plain
      .trimEnd()
      .replaceAll(/\\([^])/g, (_, next: string) => (next === '\n' ? '' : next))
    return [name, parts.map(unquote).join('') + rest]
  })
}

/** Within double quotes a backslash is one unless it stands before what a shell would not take as it is. */
function unquote(part: string): string {
  const inner = part.slice(1, -1)
  if (part.startsWith("'")) return inner
  return inner.replaceAll(/\\([^])/g, (both, next: string) =>
    next === '\n' ? '' : '"\\`$'.includes(next) ? next : both,
  )
}
