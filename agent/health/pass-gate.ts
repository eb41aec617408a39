import type { Warning } from '../diagnostics/warning.ts'
import type { Listener, Phase } from '../report/report.ts'
import type { System } from '../system/system.ts'
import { asBaseline } from './good-health.ts'
import type { GoodHealth } from './good-health.ts'
import type { GateScope, HealthScope } from './health-scope.ts'
import type { Health, Reach, TrafficHealth } from './health.ts'
import { judgeHealth } from './judge-health.ts'
import type { Judgement } from './judge-health.ts'
import { startAskingNewer } from './newer-commit.ts'
import type { AskNewer } from './newer-commit.ts'
import { observeNode } from './observe-health.ts'
import { observeReach } from './reach.ts'
import { advanceReference } from './reference.ts'
import type { Reference } from './reference.ts'
import { isNothing } from './touched.ts'
import type { Touched } from './touched.ts'
import { confirmDrops, observeTraffic } from './traffic-health.ts'

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
  readonly warnings: readonly Warning[]
  /** A commit that came while something was wrong: it goes first, and ends the gate without a verdict. */
  readonly newer: string | null
  /** How the node was at the last look. */
  readonly last: Health
}

/** Who has a part in a gate besides the node. */
export interface GateCompany {
  /** Default: no newer commit ends the gate. */
  readonly newer?: AskNewer | undefined
  /** Which VIPs the peers say they have. Default: they don't tell. */
  readonly elsewhere?: (() => Promise<readonly string[] | null>) | undefined
  /** How the node was when it had this very state before: as good as that is good enough. Default: it never had. */
  readonly good?: GoodHealth | undefined
  /** Told the phase whenever it changes between `watching`, which it is at first, and `worse`. */
  readonly on?: Listener
}

/** Watches a node after a change until it is as healthy as before, or is not, or a newer commit goes first. */
export async function passGate(
  baseline: Health,
  scope: GateScope,
  touched: Touched,
  { deadline, interval }: GateTimes,
  system: System,
  {
    newer: askNewer = async () => null,
    elsewhere = async () => null,
    good,
    on = () => {},
  }: GateCompany = {},
): Promise<GateResult> {
  const baselines = good === undefined ? [baseline] : [baseline, asBaseline(good, baseline)]
  const start = system.now()
  const ask = baseline.reach === null ? () => () => null : startAsking(scope, system)
  const lookAtTraffic =
    baseline.traffic === null ? async () => null : createTrafficLook(scope, system)
  const newerThan = startAskingNewer(askNewer, system)
  const tellPhase = createPhase(on)
  let reference: Reference = []
  // A process that has just started may die of its first request: one look is enough where none was touched
  let wasWell = isNothing(touched)
  for (;;) {
    const looked = system.now()
    const reach = ask()
    const node = await observeNode(scope, system)
    const isAsked = touched.keepalived || touched.network
    const keepalived = node.keepalived && {
      ...node.keepalived,
      elsewhere: isAsked ? await elsewhere() : null,
    }
    const traffic = await lookAtTraffic()
    const now = { ...node, keepalived, reach: reach(), traffic }
    reference = advanceReference(reference, now)
    const elapsed = system.now() - start
    const { verdict, reasons, warnings, isHarmful } = bestOf(
      baselines.map((before) =>
        judgeHealth({ baseline: before, reference, now }, touched, elapsed),
      ),
    )
    tellPhase(isHarmful, verdict === 'fail')
    if (verdict === 'fail') return { passed: false, reasons, warnings, newer: null, last: now }
    if (verdict === 'pass' && wasWell)
      return { passed: true, reasons, warnings, newer: null, last: now }
    const newer = reasons.length > 0 ? newerThan(elapsed) : null
    if (newer !== null) return { passed: false, reasons, warnings, newer, last: now }
    // What was only waited for is no reason to look twice at those who answered already
    wasWell = verdict === 'pass' || (reasons.length === 0 && haveAnswered(now))
    const checkTime = Math.min(now.haproxy?.checkTime ?? 0, longestDeadline)
    if (elapsed >= Math.max(deadline, checkTime)) {
      return { passed: reasons.length === 0, reasons, warnings, newer: null, last: now }
    }
    // A look takes 0.1 s, and more on a busy node
    await system.sleep(Math.max(50, interval - (system.now() - looked)))
  }
}

/** Whatever the node is as good as: the state that it leaves, or the one that it comes back to. */
function bestOf(judgements: readonly Judgement[]): Judgement {
  const order = ['pass', 'wait', 'fail'] as const
  return judgements.reduce((best, one) =>
    order.indexOf(one.verdict) < order.indexOf(best.verdict) ? one : best,
  )
}

function haveAnswered({ haproxy, keepalived }: Health): boolean {
  return haproxy?.pid !== null && keepalived?.instances !== null
}

/** One look may meet what a reload passes through. */
function createPhase(on: Listener): (isHarmful: boolean, isFinal: boolean) => void {
  let phase: Phase = 'watching'
  let wasHarmful = false
  return (isHarmful, isFinal) => {
    const next = isHarmful && (wasHarmful || isFinal || phase === 'worse') ? 'worse' : 'watching'
    wasHarmful = isHarmful
    if (next !== phase) on({ type: 'phase', phase: next })
    phase = next
  }
}

function createTrafficLook(
  { traffic }: GateScope,
  system: System,
): () => Promise<readonly TrafficHealth[] | null> {
  let last: readonly TrafficHealth[] | null = null
  return async () => {
    if (traffic === undefined) return null
    last = confirmDrops(last, await observeTraffic(traffic, system))
    return last
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
