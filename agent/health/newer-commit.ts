import type { System } from '../system/system.ts'

/** Asks whether a commit came that goes before the one under way; null: none, or nobody could tell. */
export type AskNewer = () => Promise<string | null>

/**
 * 3 s: a change that is good mostly has passed by then. Asking as often costs the remote a few requests in
 * the 20 s of a gate.
 */
const pause = 3_000

/**
 * Asks again and again, one question at a time, while nobody waits: an answer may take seconds.
 * @returns to be called at every look at which something is wrong: what is known of a newer commit
 */
export function startAskingNewer(
  ask: AskNewer,
  system: Pick<System, 'now'>,
): (elapsed: number) => string | null {
  let newer: string | null = null
  let isAsking = false
  let asked = system.now()
  return (elapsed) => {
    const now = system.now()
    if (!isAsking && newer === null && elapsed >= pause && now - asked >= pause) {
      isAsking = true
      asked = now
      void ask()
        .then((found) => (newer = found))
        // Whoever can't be asked has no newer commit
        .catch(() => {})
        .finally(() => (isAsking = false))
    }
    return newer
  }
}
