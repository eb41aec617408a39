import type { Change } from '../resources/kind.ts'

/** Shorter values would be masked in the middle of words, and hide nothing worth hiding. */
const shortestSecret = 4

/** Replaces every secret in a text, the longest first since one may contain another. */
export type Mask = (text: string) => string

export function createMask(secrets: readonly string[]): Mask {
  // haproxy.cfg quotes texts as a shell does: a quote inside is written '\\''.
  const written = secrets.flatMap((secret) => [secret, secret.replaceAll("'", "'\\''")])
  const worth = [...new Set(written)].filter((secret) => secret.length >= shortestSecret)
  const ordered = worth.sort((a, b) => b.length - a.length)
  return (text) => ordered.reduce((masked, secret) => masked.replaceAll(secret, '********'), text)
}

/** A change that may be shown. With `hideAll` (a task's `no_log`) nothing of its values is left. */
export function maskChange(change: Change, mask: Mask, hideAll: boolean): Change {
  const show = (value: string | null): string | null => {
    if (value === null) return null
    return hideAll ? '(hidden by no_log)' : mask(value)
  }
  return { ...change, before: show(change.before), after: show(change.after) }
}
