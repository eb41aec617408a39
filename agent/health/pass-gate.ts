import type { System } from '../system/system.ts'
import type { HealthScope } from './health-scope.ts'
import type { Health, Reach } from './health.ts'
import { judgeHealth } from './judge-health.ts'
import { observeNode } from './observe-health.ts'
import { observeReach } from './reach.ts'
import { advanceReference } from './reference.ts'
import type { Reference } from './reference.ts'
import type { Touched } from './touched.ts'

/** How long the gate may take, in milliseconds. */
export interface GateTimes {
  /** After it, what is still worse than before fails. */
  readonly deadline: number
  /** From one look to the next. */
  readonly interval: number
}

/**
 * 20 s: a backup proves itself in 3 adverts, a server in 2 checks. Servers that are checked less often get
 * their time on top. 0.5 s: a lost advert is noticed before the third, which makes a second master.
 */
export const gateTimes: GateTimes = { deadline: 20_000, interval: 500 }
/** 2 min: no interval of checks keeps a bad change longer. */
const longestDeadline = 120_000

/** How the gate ended. */
export interface GateResult {
  readonly passed: boolean
  /** What is worse than before, one clause each. Empty when it passed. */
  readonly reasons: readonly string[]
  readonly warnings: readonly string[]
}

/** Watches a node after a change until it is as healthy as before, or is not. */
export async function passGate(
  baseline: Health,
  scope: HealthScope,
  touched: Touched,
  { deadline, interval }: GateTimes,
  system: System,
): Promise<GateResult> {
  const start = system.now()
  const ask = startAsking(scope, system)
  let reference: Reference = []
  let hasPassed = false
  for (;;) {
    const looked = system.now()
    const reach = ask()
    const now = { ...(await observeNode(scope, system)), reach: reach() }
    reference = advanceReference(reference, now)
    const elapsed = system.now() - start
    const { verdict, reasons, warnings } = judgeHealth(
      { baseline, reference, now },
      touched,
      elapsed,
    )
    if (verdict === 'fail') return { passed: false, reasons, warnings }
    // Twice in a row: a process that has just started may die of its first request
    if (verdict === 'pass' && hasPassed) return { passed: true, reasons, warnings }
    hasPassed = verdict === 'pass'
    const checkTime = Math.min(now.haproxy?.checkTime ?? 0, longestDeadline)
    if (elapsed >= Math.max(deadline, checkTime)) {
      return { passed: reasons.length === 0, reasons, warnings }
    }
    // A look takes 0.1 s, and more on a busy node
    await system.sleep(Math.max(50, interval - (system.now() - looked)))
  }
}

/** Tries again and again, one attempt at a time, while nobody waits: an attempt may take 1.5 s. */
function startAsking(scope: HealthScope, system: System): () => () => Reach | null {
  let reach: Reach | null = null
  let isAsking = false
  return () => {
    if (!isAsking) {
      isAsking = true
      void observeReach(scope, system)
        .then((found) => (reach = found))
        .finally(() => (isAsking = false))
    }
    return () => reach
  }
}
