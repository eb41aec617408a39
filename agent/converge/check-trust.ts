import { GitFailure } from '../source/git.ts'
import type { SourceConfig } from '../source/source-config.ts'
import { verifyFetched } from '../source/verify-fetched.ts'
import type { Verifiable } from '../source/verify-fetched.ts'
import type { Memory } from '../store/memory.ts'
import { LocalError } from '../system/errors.ts'
import type { Run } from './run.ts'

/** Verdicts that are remembered: of the releases that stay on the disk, and of the tags they came by. */
const kept = 12

/**
 * Why a commit must not be put in force for want of a signature that counts, in one clause; null when it may,
 * or when agent.yml asks for none. Good verdicts are remembered, so that a run without news verifies nothing.
 * Whatever keeps it from being verified counts like a bad signature: it is asked again by the next run.
 */
export async function checkTrust(
  target: Verifiable,
  source: SourceConfig,
  memory: Memory,
  { config, request }: Pick<Run, 'config' | 'request'>,
): Promise<string | null> {
  const trust = config?.verify ?? null
  if (trust === null) return null
  const before = memory.state().verified
  try {
    const found = await verifyFetched(target, trust, source, before)
    if (found.reason !== null) return found.reason
    const fresh = found.verdicts.filter((verdict) => !before.includes(verdict))
    if (fresh.length > 0 && request.mode !== 'plan') {
      const objects = new Set(fresh.map(({ object }) => object))
      const rest = before.filter(({ object }) => !objects.has(object))
      const verified = [...fresh, ...rest].slice(0, kept)
      await memory.update((state) => ({ ...state, verified })).catch(unlessLocal)
    }
    return null
  } catch (error) {
    if (!(error instanceof LocalError || error instanceof GitFailure)) throw error
    return `it cannot be verified: ${error.message.split('\n')[0]}`
  }
}

/** What a full disk keeps us from remembering is verified again. */
function unlessLocal(error: unknown): void {
  if (!(error instanceof LocalError)) throw error
}
