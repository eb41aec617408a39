import type { HaproxyVerdict } from '../peers/watch-status.ts'
import { isBroken, isServing } from './watch-state.ts'
import type { Look, Observation, Rules, WatchState } from './watch-state.ts'

/** 10 s from the start of a phase: a reload of a very large configuration starves haproxy for less. */
const reloadGrace = 10_000

/** What a look says about haproxy, with what earlier looks said. */
export function judgeLook(
  state: WatchState,
  { look, phase }: Observation,
  rules: Rules,
  now: number,
): WatchState {
  if (look === null) return state
  // A run reloads it: it may be slow and its sockets change hands, but it is never gone
  const isExcused =
    (phase === 'applying' || phase === 'rolling-back') &&
    now - (state.phaseSince ?? now) < reloadGrace
  const counted = count(state, look)
  const verdict = judge(counted, look, isExcused, rules)
  const isGood = isServing(verdict) && look.type === 'answered'
  return {
    ...counted,
    verdict,
    since: verdict === state.verdict ? state.since : now,
    cause: causeOf(counted, look, verdict),
    goodSince: isGood ? (state.goodSince ?? now) : null,
    goodLooks: isGood ? state.goodLooks + 1 : 0,
  }
}

function count(state: WatchState, look: Look): WatchState {
  if (look.type === 'gone') {
    return { ...state, goneLooks: state.goneLooks + 1, misses: 0, deafLooks: 0, load: null }
  }
  if (look.type === 'silent') return { ...state, misses: state.misses + 1, goneLooks: 0 }
  const { connections, limit, closed, isDeaf } = look
  return {
    ...state,
    hasAnswered: true,
    goneLooks: 0,
    misses: 0,
    deafLooks: isDeaf ? state.deafLooks + 1 : 0,
    closed,
    load: { connections, limit },
  }
}

function judge(
  state: WatchState,
  look: Look,
  isExcused: boolean,
  { misses }: Rules,
): HaproxyVerdict {
  const { verdict } = state
  if (look.type === 'gone') {
    // When the agent starts with the node, haproxy may be about to
    return state.hasAnswered || state.goneLooks >= misses ? 'dead' : verdict
  }
  if (look.type === 'silent') {
    if (isExcused) return isBroken(verdict) ? verdict : 'starting'
    return state.misses >= misses ? 'wedged' : verdict
  }
  if (look.isDeaf) {
    if (isExcused) return isBroken(verdict) ? verdict : 'starting'
    // What was dead and listens to nothing yet is still on its way
    return state.deafLooks >= misses ? 'deaf' : verdict
  }
  return look.connections >= look.limit ? 'saturated' : 'up'
}

/** What was first of all: a wedged haproxy that was killed for it has not died. */
function causeOf(state: WatchState, look: Look, verdict: HaproxyVerdict): string {
  if (isBroken(verdict) && isBroken(state.verdict)) return state.cause
  if (verdict === 'dead' && look.type === 'gone') return look.how
  if (verdict === 'wedged') return 'haproxy runs, but does not answer on its admin socket'
  if (verdict === 'deaf') return 'haproxy answers, but listens on none of its addresses'
  return ''
}
