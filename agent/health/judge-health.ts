import { warn } from '../diagnostics/warning.ts'
import type { Warning } from '../diagnostics/warning.ts'
import type { Finding } from './finding.ts'
import type { Health } from './health.ts'
import { judgeHaproxy } from './judge-haproxy.ts'
import { judgeKeepalived } from './judge-keepalived.ts'
import { judgeReach } from './judge-reach.ts'
import { judgeTraffic } from './judge-traffic.ts'
import { sinceReference } from './reference.ts'
import type { Reference } from './reference.ts'
import type { Touched } from './touched.ts'

/** What is known of the node's health before the change and since. */
export interface Views {
  readonly baseline: Health
  readonly reference: Reference
  readonly now: Health
}

/** What the gate makes of it. */
export interface Judgement {
  readonly verdict: 'pass' | 'wait' | 'fail'
  /** What is worse than before, or not proven yet: one clause each, for a person. */
  readonly reasons: readonly string[]
  /** What is wrong without being worse, or is not through this change. */
  readonly warnings: readonly Warning[]
  /** Whether clients meet at this moment what got worse. */
  readonly isHarmful: boolean
}

/**
 * Judges a node after a change: what was true must still be true; what was false already, or is new, is a
 * warning at most. Pure.
 * @param elapsed milliseconds since the change
 */
export function judgeHealth(views: Views, touched: Touched, elapsed: number): Judgement {
  const { baseline, now } = views
  const findings: readonly Finding[] = [
    ...(now.haproxy === null ? [] : judgeHaproxy(baseline.haproxy, now.haproxy, touched, elapsed)),
    ...judgeVrrp(views, touched, elapsed),
    ...judgeReach(baseline.reach, now.reach, touched),
    ...judgeTraffic(baseline.traffic, now.traffic, touched),
  ]
  const of = (...levels: readonly Finding['level'][]): readonly Finding[] =>
    findings.filter(({ level }) => levels.includes(level))
  const failed = of('fail')
  const isOpen = of('wait', 'hold').length > 0
  const warnings = failed.length > 0 ? of('warning') : of('warning', 'hold')
  return {
    verdict: failed.length > 0 ? 'fail' : isOpen ? 'wait' : 'pass',
    reasons: (failed.length > 0 ? failed : of('wait')).map(({ sentence }) => sentence),
    warnings: warnings.map(({ code, sentence }) => warn(code, sentence)),
    isHarmful: findings.some(
      ({ level, harms }) => harms === true && (level === 'fail' || level === 'wait'),
    ),
  }
}

function judgeVrrp({ baseline, reference, now }: Views, touched: Touched, elapsed: number) {
  if (now.keepalived === null) return []
  const keepalived = {
    before: baseline.keepalived,
    reference: { ...now.keepalived, instances: reference.map(({ instance }) => instance) },
    now: now.keepalived,
    since: sinceReference(reference, now.at),
  }
  return judgeKeepalived(keepalived, touched, elapsed)
}
