import { messageOf } from '../../system/errors.ts'

/** Escapes, brackets (with a `]` that comes first) and what else is not for JavaScript as it is. */
const token = /\\(.)|\[\^?(\])?(?:\\.|[^\]\\])*\]?|(\{,\d+\})|[.$]/gs

/**
 * A regular expression that {@link findPatternFault} has let pass, as Python reads it. For lines that have
 * their newline: Python's `$` also matches before it, and `.` is anything else. `(?i)` may stand at the start.
 * @throws SyntaxError when it is none
 */
export function compilePattern(text: string): RegExp {
  const body = text.replace(/^\(\?i\)/, '').replace(token, (found) => pythons.get(found) ?? found)
  return new RegExp(body, text.startsWith('(?i)') ? 'i' : '')
}

const pythons = new Map([
  ['.', '[^\\n]'],
  ['$', '(?=\\n?$)'],
])

/** What is wrong with a regular expression, or would be read otherwise than by Python; null when it is fine. */
export function findPatternFault(text: string): string | null {
  if (text === '') return 'matches every line; leave it out, or write ^'
  for (const [, letter = ''] of text.matchAll(/\\(.)/gs)) {
    if (/[A-Za-z]/.test(letter) && !'bBdDsSwWfnrtvux'.includes(letter)) {
      return `"\\${letter}" has no meaning here; for the ends of a line write ^ and $`
    }
  }
  for (const [, , bracket, count] of text.matchAll(token)) {
    if (bracket !== undefined) return 'write "\\]" for a ] that comes first in brackets'
    if (count !== undefined) return `write "{0${count.slice(1)}" instead of "${count}"`
  }
  try {
    compilePattern(text)
    return null
  } catch (error) {
    const reason = messageOf(error).split(': ').at(-1)
    return `is no regular expression of JavaScript: ${reason}`
  }
}
