import { normaliseValue, toKeyName, toKeyPath } from './key.ts'

/** One line of a sysctl.d file that says something about a key. */
export interface Assignment {
  /** Below /proc/sys; may be a pattern. */
  readonly path: string
  /** null for `-key`, which takes the key out of earlier assignments and patterns. */
  readonly value: string | null
  /** Counts from 1. */
  readonly line: number
}

/** First line of a file that we created; a file with it goes when no task needs it any more. */
const header = '# Written by Evenkeel, key by key. Lines that it did not write stay.\n'
const reason = "# Named zz- to sort behind Debian's 99-sysctl.conf: the last file wins at boot.\n"

/** The head of a new file. */
export function startSysctlFile(path: string): string {
  return path.includes('/zz') ? header + reason : header
}

export function isOurSysctlFile(text: string): boolean {
  return text.startsWith(header)
}

/** What systemd-sysctl reads in a file. Lines that are no assignments are skipped, as it does. */
export function parseSysctlFile(text: string): readonly Assignment[] {
  return text.split('\n').flatMap((line, index) => {
    const found = parseLine(line)
    return found === null ? [] : [{ ...found, line: index + 1 }]
  })
}

/** The text with each key set once, in place where it is there already, else at the end. */
export function setKeys(text: string, settings: ReadonlyMap<string, string>): string {
  const set = new Set<string>()
  const lines = splitLines(text).flatMap((line) => {
    const found = parseLine(line)
    const value = found === null ? undefined : settings.get(found.path)
    if (found === null || value === undefined) return [line]
    if (set.has(found.path)) return []
    set.add(found.path)
    return [found.value === value ? line : formatLine(found.path, value)]
  })
  for (const [path, value] of settings) {
    if (!set.has(path)) lines.push(formatLine(path, value))
  }
  return joinLines(lines)
}

/** The text without any line for the key. */
export function removeKey(text: string, path: string): string {
  return joinLines(splitLines(text).filter((line) => parseLine(line)?.path !== path))
}

/** Takes the key's lines out of force in a file of somebody else, so that they can be put back. */
export function disableKey(text: string, path: string): string {
  return joinLines(
    splitLines(text).map((line) =>
      parseLine(line)?.path === path ? disabledPrefix + line.trim() : line,
    ),
  )
}

/** Puts back what {@link disableKey} took away. */
export function enableKey(text: string, path: string): string {
  return joinLines(
    splitLines(text).map((line) => {
      const original = line.startsWith(disabledPrefix) ? line.slice(disabledPrefix.length) : null
      return original !== null && parseLine(original)?.path === path ? original : line
    }),
  )
}

const disabledPrefix = '# Evenkeel sets this key elsewhere: '

function parseLine(line: string): Pick<Assignment, 'path' | 'value'> | null {
  const text = line.trim()
  if (text === '' || text.startsWith('#') || text.startsWith(';')) return null
  // A leading "-" makes failures to set the key harmless; without a value it excludes the key.
  const excused = text.startsWith('-')
  const rest = excused ? text.slice(1) : text
  const equals = rest.indexOf('=')
  if (equals === -1) return excused ? { path: toKeyPath(rest.trim()), value: null } : null
  return {
    path: toKeyPath(rest.slice(0, equals).trim()),
    value: normaliseValue(rest.slice(equals + 1)),
  }
}

function formatLine(path: string, value: string): string {
  return `${toKeyName(path)} = ${value}`
}

function splitLines(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
