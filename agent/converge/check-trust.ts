import { GitFailure } from '../source/git.ts'
import { verifyFetched } from '../source/verify-fetched.ts'
import type { Verifiable } from '../source/verify-fetched.ts'
import type { StateEvent } from '../store/reduce.ts'
import { LocalError } from '../system/errors.ts'
import type { RepoRun } from './run.ts'

/** Whether a commit may be put in force for its signature. */
export interface Trust {
  /** Why not, in one clause; null: it may. */
  readonly fault: string | null
  /** Good verdicts are remembered, so that a run without news verifies nothing. */
  readonly events: readonly StateEvent[]
}

/**
 * Looks for a signature that counts, if agent.yml asks for one. Whatever keeps it from being verified counts
 * like a bad signature: it is asked again by the next run.
 */
export async function checkTrust(
  target: Verifiable,
  { config, source, store }: RepoRun,
): Promise<Trust> {
  if (config.verify === null) return { fault: null, events: [] }
  try {
    const found = await verifyFetched(target, config.verify, source, store.state().verified)
    if (found.reason !== null) return { fault: found.reason, events: [] }
    return { fault: null, events: [{ type: 'verified', verdicts: found.verdicts }] }
  } catch (error) {
    if (!(error instanceof LocalError || error instanceof GitFailure)) throw error
    return { fault: `it cannot be verified: ${error.message.split('\n')[0]}`, events: [] }
  }
}
