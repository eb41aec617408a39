import { createHash } from 'node:crypto'
import type { Change } from '../kind.ts'

/**
 * What becomes of a file's content; null: there is none.
 * @param unread why there is a content before that was not read. Default: there is none
 */
export function contentChange(
  before: Uint8Array | null,
  after: Uint8Array | null,
  unread: string | null = null,
): Change {
  return {
    field: 'content',
    before: unread === null ? before && showContent(before) : `(not read: ${unread})\n`,
    after: after && showContent(after),
  }
}

/** A file's content for people: its text, or its size and hash where it is not UTF-8 text. */
function showContent(content: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
  } catch {
    const hash = createHash('sha256').update(content).digest('hex').slice(0, 12)
    return `(binary, ${content.length} bytes, sha256 ${hash})\n`
  }
}

/** True when both hold the same bytes. */
export function isSameContent(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
