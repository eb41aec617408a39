import * as v from 'valibot'
import { isMistakenMode, parseMode } from './file/mode.ts'

/** An absolute path in its shortest form, so that one file has one name (and one id). */
export const path = v.pipe(
  v.string(),
  v.check(
    isPlainPath,
    'expected an absolute path without "//", "." and ".." in it, and without a slash at its end',
  ),
)

/**
 * Permission bits: text ("0644", "644", "0o644") or a number that YAML has read as octal (0644).
 * Symbolic modes are refused, since their result depends on what is there.
 */
export const mode = v.pipe(
  v.union([v.string(), v.number()]),
  v.check(
    (given) => typeof given !== 'number' || !isMistakenMode(given),
    (issue) => `${issue.received} is decimal here; write "0${issue.received}"`,
  ),
  v.check(
    (given) => parseMode(given) !== null,
    (issue) => `expected octal permissions such as "0644", got ${issue.received}`,
  ),
  v.transform((given) => parseMode(given) ?? 0),
)

/** Name of a user or group. Not a number: on disk it would compare as the name that belongs to it. */
export const ownerName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z_][A-Za-z0-9_.-]*\$?$/, 'expected the name of a user or group, not its number'),
)

/** One text or a list of them; always a list afterwards, without repetitions. */
export const oneOrMore = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((given) => [...new Set(typeof given === 'string' ? [given] : given)]),
  v.minLength(1, 'expected at least one'),
)

/**
 * Command that judges a file before it is put in place: a list of words, or a text that is split at
 * blanks. The word `%s` stands for the path. No shell reads it, so quotes in a text are refused.
 */
export const validator = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.check(
    (given) => typeof given !== 'string' || !/["'\\$`|;&<>]/.test(given),
    'no shell reads this command; where a word needs quotes, write a list of words',
  ),
  v.transform((given) => (typeof given === 'string' ? given.split(/\s+/).filter(Boolean) : given)),
  v.minLength(1, 'expected a command'),
  v.check(
    (words) => words.every((word) => word === '%s' || !word.includes('%s')),
    'write %s as a word of its own',
  ),
)

function isPlainPath(text: string): boolean {
  const steps = text.split('/')
  if (steps.shift() !== '' || text === '/') return false
  return steps.every((step) => step !== '' && step !== '.' && step !== '..' && !step.includes('\0'))
}
