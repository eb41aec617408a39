import * as v from 'valibot'
import type { AgentConfig } from '../config/config.ts'
import type { Profile } from '../store/profile.ts'
import { daemonStatusSchema } from './control/daemon-status.ts'
import type { DaemonStatus } from './control/daemon-status.ts'

/** One of the things that go on in the daemon side by side. It has begun once it is made. */
export interface Part {
  /** A run has found out where this node stands, and the part goes by that from now on. Waited for. */
  update?(profile: Profile): void | Promise<void>
  /** agent.yml was read again, and is right. */
  configure?(config: AgentConfig): void
  /** Its share of what `evenkeel status` shows. */
  status?(): Partial<DaemonStatus>
  /** Ends it. */
  stop(): void | Promise<void>
}

/**
 * Where the daemon stands now.
 * @param own what is no part's share
 * @throws Error when a key is nobody's share
 */
export function composeStatus(parts: readonly Part[], own: Partial<DaemonStatus>): DaemonStatus {
  return v.parse(daemonStatusSchema, Object.assign({}, own, ...parts.map((it) => it.status?.())))
}

/** Has each part go by a profile, in turn. @param onError one could not, which keeps no other from it */
export async function updateAll(
  parts: readonly Part[],
  profile: Profile,
  onError: (error: unknown) => void,
): Promise<void> {
  for (const part of parts) {
    try {
      await part.update?.(profile)
    } catch (error) {
      onError(error)
    }
  }
}

/** Stops the last part first, since one may need those before it. @param onError as above */
export async function stopAll(
  parts: readonly Part[],
  onError: (error: unknown) => void,
): Promise<void> {
  for (const part of parts.toReversed()) {
    try {
      await part.stop()
    } catch (error) {
      onError(error)
    }
  }
}
