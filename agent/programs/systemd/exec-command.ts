import type { UnitSettings } from './unit-file.ts'
import { splitUnitWords } from './unit-words.ts'

/**
 * The words of the command that a unit starts, the program's path first: `$NAME` as a word of its own becomes
 * several words or none, `${NAME}` a part of one (systemd.service(5), "Command lines"). Empty without ExecStart=.
 */
export function startCommand(
  unit: UnitSettings,
  variables: ReadonlyMap<string, string>,
): readonly string[] {
  const [path = '', ...words] = splitUnitWords(unit.get('ExecStart')?.at(-1) ?? '')
  if (path === '') return []
  const [, prefixes = '', program = ''] = /^([-@:+!|]*)(.*)$/s.exec(path) ?? []
  // The word behind an @ is only what the program is told to be called
  const given = prefixes.includes('@') ? words.slice(1) : words
  const replaced = prefixes.includes(':') ? given : given.flatMap((word) => expand(word, variables))
  return [program, ...replaced.map((word) => word.replaceAll('%%', '%'))]
}

function expand(word: string, variables: ReadonlyMap<string, string>): readonly string[] {
  const [, alone] = /^\$(\w+)$/.exec(word) ?? []
  if (alone !== undefined) return splitUnitWords(variables.get(alone) ?? '')
  const text = word.replaceAll(/\$(?:\$|\{(\w+)\})/g, (_, name?: string) =>
    name === undefined ? '$' : (variables.get(name) ?? ''),
  )
  return [text]
}
