import type { Phase } from '../report/report.ts'
import { isBroken, isServing } from './watch-state.ts'
import type { Fault, Observation, Rules, WatchState } from './watch-state.ts'

/**
 * 15 s: whoever breaks again sooner after the VIPs came back waits twice as long the next time, up to 30 s.
 */
const flapTime = 15_000
const longestHold = 30_000
/** 5 s: both nodes in FAULT for so long are not in the middle of changing places. */
const nobodyTime = 5_000
/**
 * 1 s: what a peer proves is as old as its last look at its keepalived. What has happened to the peer just now
 * may be what makes this node look worse, and then its VIPs must stay.
 */
const peerLookTime = 1_000

/** Whether the VIPs are to be kept away from this node, and why. */
export function decideFault(
  state: WatchState,
  observation: Observation,
  rules: Rules,
  now: number,
): WatchState {
  const reason = reasonFor(state, observation, rules, now)
  const nobodySince =
    state.fault !== null && observation.isPeerInFault ? (state.nobodySince ?? now) : null
  const seen = { ...state, nobodySince }
  if (state.fault === null) return reason === null ? seen : giveAway(seen, reason, rules, now)
  const kept = reason === null ? state.fault : { ...state.fault, ...reason, neededAt: now }
  return mayLift({ ...seen, fault: kept }, observation, rules, reason !== null, now)
    ? { ...seen, fault: null, liftedAt: now, nobodySince: null }
    : { ...seen, fault: kept }
}

type Reason = Pick<Fault, 'owner' | 'reason'>

function reasonFor(
  state: WatchState,
  observation: Observation,
  rules: Rules,
  now: number,
): Reason | null {
  const { peer, phase } = observation
  if (isBroken(state.verdict)) {
    const hasFailed = state.restarts.failure !== null
    // Down on both nodes: a VIP that moves helps nobody
    const mayRelease = peer === 'worse' ? rules.bothDown === 'release' : true
    if (peer !== 'ready' && !(hasFailed && mayRelease)) {
      return state.fault !== null && mayRelease ? stay(state.fault) : null
    }
    return { owner: 'watch', reason: state.cause }
  }
  if (isBreaking(phase) && (state.fault !== null || hasProvenSince(state, observation, now))) {
    return peer === 'ready' ? { owner: 'run', reason: phaseReasons[phase] } : null
  }
  return null
}

/** A peer has looked at itself since this node became worse, and was ready. */
function hasProvenSince(state: WatchState, { readyAge }: Observation, now: number): boolean {
  const since = state.phaseSince ?? now
  return readyAge !== null && now - readyAge - since >= peerLookTime
}

function stay({ owner, reason }: Fault): Reason {
  return { owner, reason }
}

const phaseReasons = {
  worse: 'the change under way has made this node worse',
  'rolling-back': 'a change is being taken back',
} as const

function isBreaking(phase: Phase | null): phase is keyof typeof phaseReasons {
  return phase !== null && phase in phaseReasons
}

function giveAway(state: WatchState, reason: Reason, rules: Rules, now: number): WatchState {
  const isFlapping = state.liftedAt !== null && now - state.liftedAt < flapTime
  const hold = isFlapping ? Math.min(2 * state.hold, longestHold) : rules.hold
  return { ...state, fault: { ...reason, since: now, neededAt: now }, hold }
}

function mayLift(
  state: WatchState,
  { peer }: Observation,
  rules: Rules,
  isNeeded: boolean,
  now: number,
): boolean {
  if (state.fault === null) return false
  if (!isServing(state.verdict)) {
    // A fail-over from both sides at once
    return (
      rules.bothDown === 'keep' &&
      peer === 'worse' &&
      state.nobodySince !== null &&
      now - state.nobodySince >= nobodyTime
    )
  }
  if (isNeeded) return false
  // Nobody else serves
  if (peer === 'worse') return true
  const goodSince = Math.max(state.goodSince ?? now, state.fault.neededAt)
  return state.goodLooks >= rules.rise && now - goodSince >= state.hold
}
