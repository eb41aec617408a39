import { createHash } from 'node:crypto'

/** A file's content for people: its text, or its size and hash where it is not UTF-8 text. */
export function showContent(content: Uint8Array): string {
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
