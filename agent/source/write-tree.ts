import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CommitError } from '../system/errors.ts'
import type { Problem } from '../system/errors.ts'
import { catObjects, GitFailure } from './git.ts'
import { parseObjects } from './objects.ts'
import { mirrorFolder } from './source-config.ts'
import type { SourceConfig } from './source-config.ts'
import { checkLinks } from './tree.ts'
import type { TreeEntry } from './tree.ts'

/** Bytes that are held in memory at a time; a single larger file is read alone. */
const batchBytes = 16 * 1024 * 1024

/** First line of the file that Git LFS leaves in the place of a large one. */
const lfsMark = 'version https://git-lfs.github.com/spec/'

/**
 * Writes a tree into an empty folder, readable to root alone, as the repo may hold secrets. Links come
 * last, so that nothing is ever written through one.
 * @throws CommitError for links that lead out of the tree, and for files kept in Git LFS
 * @throws GitFailure when the mirror lacks something
 */
export async function writeTree(
  config: SourceConfig,
  entries: readonly TreeEntry[],
  folder: string,
): Promise<void> {
  const links = new Map<string, string>()
  const problems: Problem[] = []
  for (const batch of batches(entries)) {
    const names = batch.map((entry) => entry.object)
    const output = await catObjects(names, {
      gitDir: mirrorFolder(config),
      timeout: config.timeout,
    })
    const contents = parseObjects(output, names)
    if (contents === null) throw new GitFailure('an object does not fit its hash')
    for (const [index, entry] of batch.entries()) {
      const content = contents[index] ?? Buffer.alloc(0)
      if (entry.type === 'link') {
        links.set(entry.path, content.toString())
        continue
      }
      if (content.subarray(0, lfsMark.length).equals(Buffer.from(lfsMark))) {
        const message =
          'is kept in Git LFS, which is not fetched: put the file itself into the repo'
        problems.push({ place: { file: entry.path }, message })
      }
      const path = join(folder, entry.path)
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      await writeFile(path, content, { flag: 'wx', mode: entry.type === 'program' ? 0o700 : 0o600 })
    }
  }
  problems.push(...checkLinks(links))
  if (problems.length > 0) throw new CommitError(problems)
  for (const [link, target] of links) {
    const path = join(folder, link)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await symlink(target, path)
  }
}

function* batches(entries: readonly TreeEntry[]): Generator<readonly TreeEntry[]> {
  let batch: TreeEntry[] = []
  let bytes = 0
  for (const entry of entries) {
    if (batch.length > 0 && bytes + entry.size > batchBytes) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(entry)
    bytes += entry.size
  }
  if (batch.length > 0) yield batch
}
