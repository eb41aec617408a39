import type { Warning } from '../diagnostics/warning.ts'
import { notifies } from '../plan/notifies.ts'
import type { Plan } from '../plan/plan.ts'
import type { Listener } from '../report/report.ts'
import type { Desired } from '../roles/resource.ts'
import type { Remote } from '../source/remote-address.ts'
import type { System } from '../system/system.ts'
import { digestDesired } from './good-health.ts'
import type { GoodHealth } from './good-health.ts'
import { gateScope } from './health-scope.ts'
import type { AskNewer } from './newer-commit.ts'
import { observeBaseline } from './observe-health.ts'
import { gateTimes, passGate } from './pass-gate.ts'
import { touchedBy } from './touched.ts'
import type { Doing } from './touched.ts'

/** Takes the baseline, before the plan is applied. */
export type Gate = (plan: Plan) => Promise<Judge>

/** Judges the node afterwards, by a deadline of its own. */
export type Judge = () => Promise<Judged>

/** What a judge has found. */
export interface Judged {
  /** What got worse, one clause each; none is good. */
  readonly faults: readonly string[]
  /** A commit that came meanwhile and goes first: that this one is taken back says nothing about it. */
  readonly newer: string | null
}

/** Remembers how the node was with the desired states that passed. */
export interface GoodHealthMemory {
  load(): Promise<readonly GoodHealth[]>
  save(next: GoodHealth): Promise<void>
}

/** What a gate asks and tells. */
export interface GateContext {
  /** Where the config repo comes from; null for a folder. */
  readonly remote: Remote | null
  /** Default: no newer commit ends the gate. */
  readonly newer?: AskNewer | undefined
  /** Which VIPs the peers say they have. */
  readonly elsewhere: () => Promise<readonly string[] | null>
  /** How the node was each time that a desired state had passed here. Default: nothing is known of that. */
  readonly goodHealth?: GoodHealthMemory
  /** Told what is wrong but not through this change. */
  readonly warn: (warning: Warning) => void
  readonly on: Listener
  readonly system: System
}

/** The health gate of a run: what was true before the change must be true after it. */
export function createGate(
  desired: Desired,
  { remote, newer: askNewer, elsewhere, goodHealth, warn, on, system }: GateContext,
): Gate {
  const scope = gateScope(desired, remote)
  return async (plan) => {
    const readers = { desired: desired.resources.map(({ effects }) => effects), scope }
    const touched = touchedBy(changesOf(plan, desired), readers)
    const baseline = await observeBaseline(scope, touched, system)
    const digest = digestDesired(desired)
    const good = (await goodHealth?.load())?.find((one) => one.digest === digest)
    return async () => {
      const { passed, reasons, warnings, newer, last } = await passGate(
        baseline,
        scope,
        touched,
        gateTimes,
        system,
        { newer: askNewer, elsewhere, good, on },
      )
      const { haproxy, keepalived } = last
      // How it was the first time: a repair may have met a node that was not at its best
      if (passed && good === undefined)
        await goodHealth?.save({ digest, health: { haproxy, keepalived } })
      warnings.forEach(warn)
      return { faults: passed ? [] : reasons, newer }
    }
  }
}

/** What is about to change: the resources that drifted, the handlers that they notify, what is removed. */
function changesOf({ items, removals }: Plan, { handlers }: Desired): readonly Doing[] {
  const drifted = items.filter(({ changes }) => changes.length > 0)
  const notified = new Set(drifted.flatMap((item) => notifies(item, items, handlers)))
  return [
    ...drifted.map(({ resource: { kind, spec, effects }, state }) => ({
      effects,
      found: kind.found?.(spec, state) ?? null,
    })),
    ...handlers
      .filter(({ task }) => notified.has(task))
      .map(({ effects }) => ({ effects, found: null })),
    ...removals.flatMap(({ kind, owned }) => {
      const effects = kind.ownership?.effects(owned)
      return effects === undefined ? [] : [{ effects, found: null }]
    }),
  ]
}
