import { isBroken, isServing } from './watch-state.ts'
import type { Observation, Restarts, WatchState } from './watch-state.ts'

/** Milliseconds before each further restart; the last one counts for all that follow. */
const pauses = [0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]
/** 5 s: while nobody serves, whoever can again must not wait for long. */
const longestAlone = 5_000
/** 30 s: who has run well for so long starts anew. */
const wellTime = 30_000
/** 10 s: a start that takes longer counts as failed, though it may still come to its end. */
const longestStart = 10_000
/** 3 s: systemd called it started, so it must answer soon. */
const answerTime = 3_000
/** 15 s: a run that restarts haproxy itself is not disturbed. */
const runGrace = 15_000

/** How haproxy is to be brought back. */
export interface Restart {
  readonly type: 'restart'
  /** From 1. */
  readonly attempt: number
  /** It hangs, and would not end by itself. */
  readonly isKill: boolean
  /** It is not known to have run: one that starts just now must not be disturbed. */
  readonly isStart: boolean
}

/** What became of the restart under way, if there is one. */
export function settleRestart(
  state: WatchState,
  observation: Observation,
  now: number,
): WatchState {
  return { ...state, restarts: settle(state, observation, now) }
}

function settle(state: WatchState, observation: Observation, now: number): Restarts {
  const { restart } = observation
  const { restarts, verdict, goodSince } = state
  if (isServing(verdict)) {
    const isWell = goodSince !== null && now - goodSince >= wellTime
    const count = isWell ? 0 : restarts.count
    return { ...restarts, count, startedAt: null, endedAt: null, failure: null }
  }
  if (restarts.startedAt === null) return restarts
  const fail = (failure: string): Restarts => ({
    ...restarts,
    startedAt: null,
    endedAt: null,
    from: now,
    failure,
  })
  if (restart !== null && restart.error !== null) return fail(restart.error)
  const endedAt = restart === null ? restarts.endedAt : now
  const deadline = endedAt === null ? restarts.startedAt + longestStart : endedAt + answerTime
  if (now < deadline) return { ...restarts, endedAt }
  const took = Math.round((now - restarts.startedAt) / 1000)
  return fail(`it does not answer ${took} s after its restart`)
}

/** Whether haproxy is to be restarted now: at once, then with growing pauses. */
export function decideRestart(
  state: WatchState,
  observation: Observation,
  now: number,
): { readonly state: WatchState; readonly restart: Restart | null } {
  const { restarts, verdict } = state
  const mayStart = restarts.startedAt === null && now >= nextRestart(restarts, observation)
  if (!isBroken(verdict) || !mayStart || isRunAtWork(state, observation, now)) {
    return { state, restart: null }
  }
  const count = restarts.count + 1
  const isKill = verdict === 'wedged'
  return {
    state: { ...state, restarts: { ...restarts, count, startedAt: now, endedAt: null, from: now } },
    restart: { type: 'restart', attempt: count, isKill, isStart: !state.hasAnswered },
  }
}

function isRunAtWork(state: WatchState, { phase }: Observation, now: number): boolean {
  const isAtWork = phase === 'applying' || phase === 'rolling-back'
  return isAtWork && now - (state.phaseSince ?? now) < runGrace
}

/** When the next one may come, as far as is known: the peer may stop serving meanwhile. */
export function nextRestart(
  { count, from }: Restarts,
  { peer }: Pick<Observation, 'peer'>,
): number {
  const pause = pauses[Math.min(count, pauses.length - 1)] ?? 0
  return from + (peer === 'ready' ? pause : Math.min(pause, longestAlone))
}
