/** Control characters, and those that turn the direction of what follows. */
const unseen = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/**
 * A text that a stranger has written, such as the subject of a commit, fit for a terminal, a log and a page: what
 * would move the cursor, colour the rest or turn its direction is shown as �.
 */
export function plainLine(text: string): string {
  return text.replaceAll(unseen, '\uFFFD')
}
