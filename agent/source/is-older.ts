import { GitFailure, runGit } from './git.ts'
import { mirrorFolder } from './source-config.ts'
import type { SourceConfig } from './source-config.ts'

/**
 * Whether a commit is an ancestor of another one: then a branch that points to it was rewound. A commit
 * that the mirror does not hold any more is no reason to think so.
 */
export async function isOlder(
  config: SourceConfig,
  commit: string,
  than: string,
): Promise<boolean> {
  try {
    await runGit(['merge-base', '--is-ancestor', commit, than], {
      gitDir: mirrorFolder(config),
      timeout: config.timeout,
    })
    return true
  } catch (error) {
    if (error instanceof GitFailure) return false
    throw error
  }
}
