import { LocalError } from '../system/errors.ts'
import { explainGit } from './explain-git.ts'
import { GitFailure, runGit } from './git.ts'
import { buildMirror } from './mirror.ts'
import { mirrorFolder } from './source-config.ts'
import type { SourceConfig } from './source-config.ts'

/**
 * Where a commit stands seen from another one. `newer`: it descends from that one. `older`: the other way
 * round. `aside`: both come from a third one. `unrelated`: nothing is common, or the mirror does not hold
 * the other one, which is then no part of this history.
 */
export type Relation = 'same' | 'newer' | 'older' | 'aside' | 'unrelated'

/**
 * Compares a commit that was fetched with one of before. A mirror that lacks something is fetched anew, once.
 * @throws LocalError when the mirror is damaged and the remote can't be reached
 */
export async function findRelation(
  source: SourceConfig,
  commit: string,
  seenFrom: string,
): Promise<Relation> {
  if (commit === seenFrom) return 'same'
  try {
    return await compare(source, commit, seenFrom)
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error
    try {
      await buildMirror(source, commit)
      return await compare(source, commit, seenFrom)
    } catch (second) {
      if (!(second instanceof GitFailure)) throw second
      throw new LocalError(
        `the history of ${commit.slice(0, 8)} cannot be read from ${mirrorFolder(source)} (${error.message.split('\n')[0]}), nor fetched anew from ${source.repo}: ${explainGit(second, source.repo).clause}`,
      )
    }
  }
}

async function compare(source: SourceConfig, commit: string, seenFrom: string): Promise<Relation> {
  try {
    const argv = ['merge-base', seenFrom, commit]
    const base = await runGit(argv, { gitDir: mirrorFolder(source), timeout: source.timeout })
    if (base.trim() === seenFrom) return 'newer'
    return base.trim() === commit ? 'older' : 'aside'
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error
    // Git ends with 1, without a word, when nothing is common
    if (/^git ended with exit code 1$/.test(error.message)) return 'unrelated'
    if (error.message.includes(`Not a valid commit name ${seenFrom}`)) return 'unrelated'
    throw error
  }
}
