import { posix } from 'node:path'

/** What an `include` of keepalived.conf stands for. */
export interface IncludedFiles {
  /** Of the files: keepalived reads wildcards in the last part of a path as glob(7) has it. */
  readonly folder: string
  /** Matches their paths. */
  readonly pattern: RegExp
}

/**
 * Reads the word behind an `include`. Braces name nothing that is known here.
 * @param file the path of the file that it stands in
 */
export function includedFiles(file: string, include: string): IncludedFiles {
  const path = posix.resolve(posix.dirname(file), include)
  const source = path
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*/g, '[^/]*')
    .replace(/\?/g, '[^/]')
  return { folder: posix.dirname(path), pattern: new RegExp(`^${source}$`) }
}
