import { decideFault } from './decide-fault.ts'
import { decideRestart, settleRestart } from './decide-restart.ts'
import type { Restart } from './decide-restart.ts'
import { judgeLook } from './judge-look.ts'
import { sayWatch } from './say-watch.ts'
import type { Fault, Observation, Rules, WatchState } from './watch-state.ts'

/** What is to be done at once, in this order. */
export type WatchAction =
  | ({ readonly type: 'fault' } & Pick<Fault, 'owner' | 'reason'>)
  | { readonly type: 'lift' }
  | Restart

export interface Decision {
  readonly state: WatchState
  readonly actions: readonly WatchAction[]
  /** What is so, why, and what is done about it. */
  readonly sentence: string
}

/** 5 s without a look: the watch itself stood still (a paused machine, a starved node). */
const standstill = 5_000

/**
 * The watch over haproxy, as a pure machine.
 * @param now milliseconds by a clock that never jumps
 */
export function decide(
  before: WatchState,
  observation: Observation,
  rules: Rules,
  now: number,
): Decision {
  const begun = notePhase(resume(before, now), observation, now)
  const judged = judgeLook(begun, observation, rules, now)
  const settled = settleRestart(judged, observation, now)
  const faulted = decideFault(settled, observation, rules, now)
  const { state, restart } = decideRestart(faulted, observation, now)
  const actions: WatchAction[] = []
  if (state.fault !== null && before.fault === null) {
    actions.push({ type: 'fault', owner: state.fault.owner, reason: state.fault.reason })
  }
  if (state.fault === null && before.fault !== null) actions.push({ type: 'lift' })
  if (restart !== null) actions.push(restart)
  return { state, actions, sentence: sayWatch(state, observation, rules, now) }
}

/** What was counted before a standstill proves nothing after it. */
function resume(state: WatchState, now: number): WatchState {
  if (state.at === null || now - state.at < standstill) return { ...state, at: now }
  return { ...state, at: now, misses: 0, deafLooks: 0, goodSince: null, goodLooks: 0 }
}

function notePhase(state: WatchState, { phase }: Observation, now: number): WatchState {
  const hasBegun = phase !== null && phase !== state.phase
  return { ...state, phase, phaseSince: hasBegun ? now : phase === null ? null : state.phaseSince }
}
