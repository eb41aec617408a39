import { CommitError } from '../system/errors.ts'
import { hidden, maskFields, maskLogins } from './mask-fields.ts'

/** Shorter values would be masked in the middle of words: only the field that they stand in hides them. */
const shortestSecret = 4

/** Makes a text fit to be shown. */
export type Mask = (text: string) => string

/**
 * Hides secrets in a text, the longest first since one may contain another, and what looks like a login
 * or a private key whether it is known to be one or not. A number counts only where it stands by itself: its digits
 * may be those of an address, too.
 */
export function createMask(secrets: readonly string[]): Mask {
  const forms = new Set(secrets.flatMap(formsOf))
  const worth = [...forms].filter((form) => form.length >= shortestSecret)
  const patterns: readonly (string | RegExp)[] = worth
    .sort((a, b) => b.length - a.length)
    .map((form) => (/^[\d.]+$/.test(form) ? byItself(form) : form))
  const hide = (text: string, form: string | RegExp): string =>
    // Two signatures of replaceAll, of which neither takes both
    typeof form === 'string' ? text.replaceAll(form, hidden) : text.replaceAll(form, hidden)
  return (text) => maskLogins(patterns.reduce(hide, text))
}

/**
 * The same for the content of a file, whose words say what a secret is: one that was never in the inventory,
 * such as a password that somebody else has written, is hidden too.
 */
export function maskContent(content: string, mask: Mask): string {
  return mask(maskFields(content))
}

/** The same error with its secrets hidden. */
export function maskError(error: CommitError, secrets: readonly string[]): CommitError {
  const mask = createMask(secrets)
  return new CommitError(
    error.problems.map((problem) => ({ ...problem, message: mask(problem.message) })),
  )
}

/**
 * How a secret may be written: as it is, as haproxy.cfg quotes it (strong, weak, with backslashes), in a URL,
 * in JSON; each line of several by itself, since a template may indent them.
 */
function formsOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim())
  const parts = lines.length > 1 ? [secret.trim(), ...lines] : [secret]
  return parts.flatMap((part) => [
    part,
    part.replaceAll("'", "'\\''"),
    part.replaceAll(/["$\\]/g, '\\$&'),
    part.replaceAll(/[\s"'#$\\]/g, '\\$&'),
    JSON.stringify(part).slice(1, -1),
    inUrl(part),
  ])
}

function inUrl(text: string): string {
  return /\p{Surrogate}/u.test(text) ? text : encodeURIComponent(text)
}

/** @param number digits and dots */
function byItself(number: string): RegExp {
  return new RegExp(String.raw`(?<![\w.])${number.replaceAll('.', '\\.')}(?![\w.])`, 'g')
}
