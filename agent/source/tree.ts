import { plainLine } from '../diagnostics/plain-line.ts'
import type { Problem } from '../system/errors.ts'
import { resolveLink } from './resolve-link.ts'

/** One path of a commit, as `git ls-tree` tells it. */
export interface TreeEntry {
  readonly path: string
  readonly type: 'file' | 'program' | 'link' | 'submodule' | 'other'
  /** Hash of the content. */
  readonly object: string
  /** Bytes. */
  readonly size: number
}

const types: Readonly<Record<string, TreeEntry['type']>> = {
  '100644': 'file',
  // Written by very old versions of Git.
  '100664': 'file',
  '100755': 'program',
  '120000': 'link',
  '160000': 'submodule',
}

/**
 * Reads the output of `git ls-tree -r -l -z --full-tree`.
 * @returns null when it is cut short
 */
export function parseTree(listing: string): readonly TreeEntry[] | null {
  if (listing !== '' && !listing.endsWith('\0')) return null
  const entries: TreeEntry[] = []
  for (const line of listing.split('\0').slice(0, -1)) {
    const match = /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t([^]+)$/.exec(line)
    if (match === null) return null
    const [, mode = '', object = '', size = '', path = ''] = match
    entries.push({ path, object, type: types[mode] ?? 'other', size: Number(size) || 0 })
  }
  return entries
}

/**
 * The most that a release may hold: a small packed file can unfold to fill the disk, and a config repo
 * is far smaller.
 */
const largestRelease = { bytes: 256 * 1024 * 1024, files: 50_000 }

/** What of a tree can't be checked out; all that can be said before its contents are read. */
export function checkTree(entries: readonly TreeEntry[]): readonly Problem[] {
  const problems = entries.flatMap((entry) => {
    const message = entryFault(entry)
    return message === null ? [] : [{ place: { file: shownPath(entry.path) }, message }]
  })
  const bytes = entries.reduce((sum, entry) => sum + entry.size, 0)
  if (bytes > largestRelease.bytes || entries.length > largestRelease.files) {
    const largest = entries.reduce((a, b) => (b.size > a.size ? b : a))
    const message = `the commit holds ${entries.length} files with ${mebibytes(bytes)} MiB, more than ${largestRelease.files} files or ${mebibytes(largestRelease.bytes)} MiB; this is the largest one (${mebibytes(largest.size)} MiB)`
    problems.push({ place: { file: largest.path }, message })
  }
  return problems
}

/**
 * What of a tree's links can't be checked out. One that leads nowhere within the tree harms nobody.
 * @param links path of each link → its target
 */
export function checkLinks(links: ReadonlyMap<string, string>): readonly Problem[] {
  return [...links].flatMap(([path, target]) => {
    if (resolveLink(path, links) !== null) return []
    const message = `is a link to "${target}", which leads out of the repo or in a circle: link to a file inside of it`
    return [{ place: { file: path }, message }]
  })
}

/** Bytes that a name, and a path from the root of the disk, may have: NAME_MAX and PATH_MAX of Linux. */
const longest = { name: 255, path: 4095 }

/** Bytes that the folder of a release takes of a path, generously. */
const above = 256

/** Of a path that may be longer than anybody wants to read. */
function shownPath(path: string): string {
  const shown = plainLine(path)
  return shown.length <= 100 ? shown : `${shown.slice(0, 60)}…${shown.slice(-30)}`
}

function entryFault({ path, type }: TreeEntry): string | null {
  if (type === 'submodule')
    return 'is a submodule, which is not fetched: put its files here instead'
  if (type === 'other') return 'is neither file nor link'
  if (path.includes('\uFFFD')) return 'the name of the file is not UTF-8'
  if (path.split('/').some((part) => Buffer.byteLength(part) > longest.name)) {
    return `the name is longer than ${longest.name} bytes, which no file system of a node takes: shorten it`
  }
  if (Buffer.byteLength(path) > longest.path - above) {
    return `the path is longer than ${longest.path - above} bytes, which does not fit on a node: shorten it`
  }
  const isUnsafe = path
    .split('/')
    .some((part) => part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git')
  return isUnsafe ? 'a file of this name is not checked out' : null
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 1024 / 1024)
}
