import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GitFailure, runGit } from './git.ts'
import { mirrorFolder } from './source-config.ts'
import type { SourceConfig } from './source-config.ts'

/** Holds the bytes of the packs after the last tidying, in the mirror. */
const noteFile = 'evenkeel-tidied'

/** Bytes: a mirror of less is left alone. */
const smallMirror = 32 * 2 ** 20
/** Each fetch makes a pack; with many, Git is slow to find an object. Git itself tidies up at 50. */
const mostPacks = 40

/** Holds what must stay although no branch leads to it any more. */
const keepRefs = 'refs/evenkeel/keep/'

/**
 * Removes from the mirror what nothing leads to any more, such as a large commit that was pushed, refused and replaced.
 * Git itself would keep that for two weeks, and in a mirror that is seldom fetched for good. Does nothing as long as the
 * mirror has not doubled since the last time. Never throws: what fails is tried again once it has doubled again.
 * @param keep commits of which the history stays: those that are in force, or that one can go back to
 * @param small bytes of packs up to which nothing is done. Default: 32 MiB
 */
export async function tidyMirror(
  config: SourceConfig,
  keep: readonly string[],
  small = smallMirror,
): Promise<void> {
  const gitDir = mirrorFolder(config)
  const note = join(gitDir, noteFile)
  const { bytes, count } = await measurePacks(gitDir)
  const before = Number(await readFile(note, 'utf8').catch(() => ''))
  if (count === 0 || (bytes <= Math.max(small, 2 * before) && count <= mostPacks)) return
  try {
    const git = (...argv: readonly string[]): Promise<string> =>
      runGit(argv, { gitDir, timeout: config.timeout })
    await replaceKept(keep, git)
    // One thread: haproxy needs the processors more
    const settings = ['-c', 'pack.threads=1', '-c', 'gc.cruftPacks=false']
    await git(...settings, 'gc', '--quiet', '--prune=now')
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error
  }
  const after = await measurePacks(gitDir)
  await writeFile(note, `${after.bytes}\n`).catch(() => {})
}

/** Points references of our own at commits that are there, and lets go of those of the last time. */
async function replaceKept(
  keep: readonly string[],
  git: (...argv: readonly string[]) => Promise<string>,
): Promise<void> {
  const old = (await git('for-each-ref', '--format=%(refname)', keepRefs)).split('\n')
  for (const ref of old) if (ref !== '') await git('update-ref', '-d', ref)
  for (const commit of new Set(keep)) {
    // One that the mirror lacks, as after it was fetched anew, is nothing to keep
    await git('update-ref', `${keepRefs}${commit}`, commit).catch(() => '')
  }
}

async function measurePacks(
  gitDir: string,
): Promise<{ readonly bytes: number; readonly count: number }> {
  const folder = join(gitDir, 'objects/pack')
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.pack'))
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), count: names.length }
}
