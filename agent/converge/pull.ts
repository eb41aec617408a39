import { warn } from '../diagnostics/warning.ts'
import type { AskNewer } from '../health/newer-commit.ts'
import { fetchCommit } from '../source/fetch-commit.ts'
import type { Fetched } from '../source/fetch-commit.ts'
import { readMirror } from '../source/mirror.ts'
import { askRemote } from '../source/remote.ts'
import { refName } from '../source/source-config.ts'
import type { SourceConfig } from '../source/source-config.ts'
import { inForce } from '../store/good-release.ts'
import { LocalError, UsageError } from '../system/errors.ts'
import type { RepoRun } from './run.ts'

/** Seconds: nobody waits for the answer, and the gate takes 20. */
const timeout = 10

/**
 * Brings the newest commit to this node. A remote that is out of reach, with nothing fetched from it, is
 * excused where a release is in force.
 * @throws LocalError where there is no commit to work with
 */
export async function pull(run: RepoRun): Promise<Fetched> {
  const { source, store, quarantine, skipRemoteWait, on, progress } = run
  const good = inForce(store.state(), quarantine)
  on({ type: 'step', message: `asking ${source.repo} for ${refName(source)}` })
  try {
    const fetched = await fetchCommit(source, { skipRemoteWait })
    if (fetched.rebuilt !== undefined)
      progress.warnings.push(warn('mirror-rebuilt', fetched.rebuilt))
    return fetched
  } catch (error) {
    if (!(error instanceof LocalError) || good === null) throw error
    const { commit, subject } = good
    const unknown = { author: '', date: '' }
    return { commit, subject, ...unknown, reachable: false, moved: false, problem: error.message }
  }
}

/** Asks the remote for a commit other than the newest one that this run knows. */
export function newerThan({ commit: known }: Fetched, source: SourceConfig): AskNewer {
  return async () => {
    const { commit } = await askRemote({ ...source, timeout: Math.min(source.timeout, timeout) })
    return commit === known ? null : commit
  }
}

/**
 * The newest commit that this node knows, without asking the remote, which may be what is down.
 * @throws UsageError where nothing was ever applied
 */
export async function findNewest({ source, store }: RepoRun): Promise<string> {
  const { applied } = store.state()
  if (applied === null) throw new UsageError('no release was applied on this node yet')
  const mirror = await readMirror(source)
  return mirror.state === 'whole' ? mirror.tip.commit : applied.commit
}
