import type { Code } from '../diagnostics/code.ts'

/**
 * One thing that is not as it should be.
 * - `fail`: worse than before, and it will not get better.
 * - `wait`: worse than before, or not proven yet; it has until the deadline.
 * - `hold`: worth waiting for, but no reason to go back.
 * - `warning`: was so before, or is new, or not through this change.
 */
export interface Finding {
  readonly level: 'fail' | 'wait' | 'hold' | 'warning'
  /** Of the warning that it is when the change stays. */
  readonly code: Code
  /** One clause: what is worse, for the person who reads it at 3 a.m. */
  readonly sentence: string
  /** Whether clients meet it at this moment. */
  readonly harms?: boolean
}

/**
 * 5 s: what a reload or a restart passes through is over by then. keepalived runs its first check, haproxy
 * has loaded a large configuration.
 */
export const grace = 5_000

/** Bad, but a reload passes through it: waits for 5 s, then fails. */
export function failLater(code: Code, sentence: string, elapsed: number, harms = false): Finding {
  return { level: elapsed < grace ? 'wait' : 'fail', code, sentence, harms }
}
