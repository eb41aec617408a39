import { mkdir, open, readFile, rename, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { warn } from '../diagnostics/warning.ts'
import type { Warning } from '../diagnostics/warning.ts'
import { explainErrno } from '../system/errno.ts'
import { CommitError, commitError, LocalError } from '../system/errors.ts'
import { isWhole } from './compare-release.ts'
import { explainGit } from './explain-git.ts'
import { GitFailure, runGit } from './git.ts'
import { buildMirror } from './mirror.ts'
import { pruneReleases } from './prune-releases.ts'
import { mirrorFolder, releasesFolder } from './source-config.ts'
import type { SourceConfig } from './source-config.ts'
import { checkTree, parseTree } from './tree.ts'
import type { TreeEntry } from './tree.ts'
import { writeTree } from './write-tree.ts'

/** How a release is checked out. */
export interface CheckOutOptions {
  /** Commits whose releases are not pruned. */
  readonly keep?: readonly string[]
  /** Called when something was damaged and has been made anew. */
  readonly warn?: (warning: Warning) => void
}

/**
 * Puts the tree of a commit into `releases/<hash>`, from the mirror alone, and returns that folder. It
 * appears under this name whole or not at all. One that is there already is compared byte for byte and
 * made anew when it differs. Needs the lock. Verification belongs before it.
 * @param commit full hash of a commit that the mirror holds
 * @throws CommitError for what can't be checked out: submodules, Git LFS, links that lead out of the tree
 * @throws LocalError when the mirror is damaged and the remote can't be reached, or the disk is full
 */
export async function checkOutRelease(
  config: SourceConfig,
  commit: string,
  options: CheckOutOptions = {},
): Promise<string> {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) {
    throw new LocalError(`"${commit}" is not the full hash of a commit`)
  }
  const folder = join(releasesFolder(config), commit)
  const present = await readListing(folder)
  if (present !== null && (await isWhole(folder, present))) {
    await markUsed(folder)
    return folder
  }
  try {
    if (present !== null) {
      options.warn?.(warn('release-rebuilt', `${folder} was damaged and has been made anew`))
    }
    await makeRelease(config, commit, folder, options)
    await markUsed(folder)
    await pruneReleases(releasesFolder(config), [commit, ...(options.keep ?? [])], Date.now())
  } catch (error) {
    if (error instanceof CommitError || error instanceof LocalError) throw error
    throw new LocalError(`${folder}: ${explainErrno(error)}`, { cause: error })
  }
  return folder
}

/** A mirror that lacks something is fetched anew, once. */
async function makeRelease(
  config: SourceConfig,
  commit: string,
  folder: string,
  options: CheckOutOptions,
): Promise<void> {
  try {
    await writeRelease(config, commit, folder)
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error
    try {
      await buildMirror(config, commit)
      await writeRelease(config, commit, folder)
    } catch (second) {
      if (!(second instanceof GitFailure)) throw second
      const { clause } = explainGit(second, config.repo)
      throw new LocalError(
        `commit ${commit.slice(0, 12)} cannot be read from ${mirrorFolder(config)} (${error.message.split('\n')[0]}), nor fetched anew from ${config.repo}: ${clause}`,
      )
    }
    options.warn?.(
      warn('mirror-rebuilt', `${mirrorFolder(config)} was damaged and has been fetched anew`),
    )
  }
}

async function writeRelease(config: SourceConfig, commit: string, folder: string): Promise<void> {
  const listing = await runGit(['ls-tree', '-r', '-l', '-z', '--full-tree', commit], {
    gitDir: mirrorFolder(config),
    timeout: config.timeout,
  })
  const entries = parseTree(listing)
  if (entries === null) throw new GitFailure('the list of files is cut short')
  if (entries.length === 0) throw commitError({ file: commit.slice(0, 12) }, 'holds no files')
  const problems = checkTree(entries)
  if (problems.length > 0) throw new CommitError(problems)

  const fresh = `${folder}.new`
  await mkdir(releasesFolder(config), { recursive: true, mode: 0o700 })
  await rm(fresh, { recursive: true, force: true })
  try {
    await mkdir(fresh, { mode: 0o700 })
    await writeTree(config, entries, fresh)
    await writeListing(folder, listing)
    await rm(folder, { recursive: true, force: true })
    await rename(fresh, folder)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

/** What the release must hold lies beside it, so that an unchanged run needs no Git to compare. */
function listingFile(folder: string): string {
  return `${folder}.listing`
}

async function readListing(folder: string): Promise<readonly TreeEntry[] | null> {
  const listing = await readFile(listingFile(folder), 'utf8').catch(() => null)
  return listing === null ? null : parseTree(listing)
}

async function writeListing(folder: string, listing: string): Promise<void> {
  const handle = await open(listingFile(folder), 'w', 0o600)
  try {
    await handle.writeFile(listing)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The folder's time tells which releases were used last. On a disk that is read-only none goes. */
async function markUsed(folder: string): Promise<void> {
  const now = new Date()
  await utimes(folder, now, now).catch(() => {})
}
