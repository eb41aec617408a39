import { maskLogins } from '../diagnostics/mask-fields.ts'
import { explainErrno } from '../system/errno.ts'
import { LocalError, UsageError } from '../system/errors.ts'
import { explainGit } from './explain-git.ts'
import { GitFailure } from './git.ts'
import { buildMirror, isAt, readMirror, updateMirror } from './mirror.ts'
import type { Commit, Mirror, Tag } from './mirror.ts'
import { askRemote } from './remote.ts'
import type { FetchOptions } from './remote-git.ts'
import { branchFault, mirrorFolder, repoFault, tagFault } from './source-config.ts'
import type { SourceConfig } from './source-config.ts'

/** The newest commit of the branch, or of the tags, that this node can have. It is neither verified nor checked out. */
export interface Fetched extends Commit {
  /** Whether the remote was asked and all that is new was fetched. */
  readonly reachable: boolean
  /** When not: one sentence that says why. The commit is then the last one fetched. */
  readonly problem?: string
  /** Whether this call brought another commit than the last one. */
  readonly moved: boolean
  /** One sentence, when the mirror was damaged and has been built anew. */
  readonly rebuilt?: string
}

/**
 * Asks the remote for the newest commit and brings it into the mirror when it is not there yet. A remote
 * that cannot be reached is excused when the mirror holds a commit of the branch. Needs the lock.
 * Verification belongs between this and checkOutRelease.
 * @throws UsageError when the address or the branch can't be
 * @throws LocalError when there is no commit to work with
 */
export async function fetchCommit(
  config: SourceConfig,
  options: FetchOptions = {},
): Promise<Fetched> {
  check(config, options)
  const mirror = await readMirror(config)
  const fetched = await fetchAtOnce(config, mirror, options)
  if (fetched !== null) return fetched
  const remote = await askRemote(config, options)
  if (remote.commit === null) return fallBack(config, mirror, remote.fault)
  if (mirror.state === 'whole' && isSame(mirror.tip, remote)) {
    return { ...mirror.tip, reachable: true, moved: false }
  }
  try {
    const rebuilt = await bring(config, mirror, remote.commit, options)
    const after = await readMirror(config)
    if (after.state !== 'whole') throw new GitFailure('the new mirror cannot be read')
    const moved = mirror.state !== 'whole' || !isSame(mirror.tip, after.tip)
    return { ...after.tip, reachable: true, moved, ...(rebuilt === null ? {} : { rebuilt }) }
  } catch (error) {
    if (error instanceof GitFailure) {
      return fallBack(config, mirror, explainGit(error, config.repo).clause)
    }
    throw new LocalError(`${mirrorFolder(config)}: ${explainErrno(error)}`, { cause: error })
  }
}

/**
 * Asks and fetches by one connection, which is most of what either takes: with nothing new, a fetch costs what
 * ls-remote does. Tags are asked for first, since a fetch brings all of them.
 * @returns null where the long way has more to say, or to try
 */
async function fetchAtOnce(
  config: SourceConfig,
  before: Mirror,
  options: FetchOptions,
): Promise<Fetched | null> {
  if (before.state !== 'whole' || config.tag !== null) return null
  try {
    await updateMirror(config, options)
  } catch (error) {
    if (!(error instanceof GitFailure)) return null
    const { clause, isOutside } = explainGit(error, config.repo)
    return isOutside ? fallBack(config, before, clause) : null
  }
  if (await isAt(config, before.tip.commit)) return { ...before.tip, reachable: true, moved: false }
  const after = await readMirror(config)
  if (after.state !== 'whole') return null
  return { ...after.tip, reachable: true, moved: !isSame(before.tip, after.tip) }
}

/** @returns a sentence when the mirror was damaged */
async function bring(
  config: SourceConfig,
  mirror: Mirror,
  commit: string,
  options: FetchOptions,
): Promise<string | null> {
  let fault: string | null = mirror.state === 'damaged' ? mirror.fault : null
  if (mirror.state === 'whole' || mirror.state === 'no branch') {
    try {
      await updateMirror(config, options)
      return null
    } catch (error) {
      if (!(error instanceof GitFailure) || explainGit(error, config.repo).isOutside) throw error
      fault = error.message
    }
  }
  await buildMirror(config, commit, options)
  return fault === null
    ? null
    : `${mirrorFolder(config)} was damaged and has been fetched anew (${firstLine(fault)})`
}

function fallBack(config: SourceConfig, mirror: Mirror, fault: string): Fetched {
  const sentence = `config repo ${config.repo}: ${fault}`
  if (mirror.state === 'whole') {
    return { ...mirror.tip, reachable: false, moved: false, problem: sentence }
  }
  if (mirror.state === 'damaged') {
    throw new LocalError(
      `${sentence}; and what was fetched before is damaged (${mirrorFolder(config)}: ${firstLine(mirror.fault)})`,
    )
  }
  throw new LocalError(sentence)
}

/** Tags can change their meaning, and several can lead to one commit. */
function isSame(
  a: Pick<Commit, 'commit' | 'tag'>,
  b: { readonly commit: string; readonly tag?: Tag },
): boolean {
  return a.commit === b.commit && a.tag?.name === b.tag?.name && a.tag?.object === b.tag?.object
}

function check(config: SourceConfig, options: FetchOptions): void {
  const repo = options.protocols === undefined ? repoFault(config.repo) : null
  if (repo !== null) throw new UsageError(`repo ${maskLogins(config.repo)}: ${repo}`)
  const branch = branchFault(config.branch)
  if (branch !== null) throw new UsageError(`branch: ${branch}`)
  const tag = config.tag === null ? null : tagFault(config.tag)
  if (tag !== null) throw new UsageError(`tag: ${tag}`)
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? ''
}
