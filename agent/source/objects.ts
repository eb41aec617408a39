import { createHash } from 'node:crypto'

/**
 * Reads the output of `git cat-file --batch`: contents in the order that was asked for.
 * @returns null when one is missing, is no file's content, or does not fit its hash
 */
export function parseObjects(output: Buffer, names: readonly string[]): readonly Buffer[] | null {
  const contents: Buffer[] = []
  let offset = 0
  for (const name of names) {
    const end = output.indexOf('\n', offset)
    if (end < 0) return null
    const [object, type, size] = output.toString('latin1', offset, end).split(' ')
    if (object !== name || type !== 'blob') return null
    const content = output.subarray(end + 1, end + 1 + Number(size))
    if (content.length !== Number(size) || hashObject(content, name) !== name) return null
    contents.push(content)
    offset = end + 1 + content.length + 1
  }
  return contents
}

/** The hash that Git gives to a file's content. @param like a hash of the same repo: SHA-1 or SHA-256 */
export function hashObject(content: Uint8Array, like: string): string {
  return createHash(like.length === 64 ? 'sha256' : 'sha1')
    .update(`blob ${content.length}\0`)
    .update(content)
    .digest('hex')
}
