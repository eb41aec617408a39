import { nextRestart } from './decide-restart.ts'
import { isBroken } from './watch-state.ts'
import type { Observation, Rules, WatchState } from './watch-state.ts'

/** One sentence for log, status, history and page: what is so, why, and what is done about it. */
export function sayWatch(
  state: WatchState,
  observation: Observation,
  rules: Rules,
  now: number,
): string {
  const { verdict, load, closed } = state
  if (isBroken(verdict)) {
    const clauses = [
      state.cause,
      sayVips(state, observation, rules),
      sayRestart(state, observation, now),
    ]
    return clauses.filter((clause) => clause !== '').join('; ')
  }
  if (verdict === 'starting') {
    const what =
      observation.phase === null ? 'haproxy has not answered yet' : 'haproxy is being reloaded'
    return state.fault === null ? what : `${what}; ${sayFault(state)}`
  }
  const serves =
    verdict === 'saturated'
      ? `haproxy has reached its maxconn (${load?.connections} of ${load?.limit}), so that clients wait: neither a restart nor the peer would help, a higher maxconn or fewer clients would`
      : closed.length > 0
        ? `haproxy serves, but does not listen on ${closed.join(', ')}`
        : 'haproxy serves'
  return state.fault === null ? serves : `${serves}; ${sayFault(state)}`
}

function sayFault({ fault, hold, goodSince, verdict }: WatchState): string {
  if (fault?.owner === 'run') return `the VIPs are left to the peer, since ${fault.reason}`
  if (goodSince === null || verdict === 'starting') return 'the VIPs are left to the peer'
  return `the VIPs come back once it has done so for ${hold / 1000} s`
}

function sayVips(state: WatchState, { peer }: Observation, { bothDown }: Rules): string {
  if (state.fault !== null) {
    return peer === 'ready' ? 'the peer has the VIPs' : 'the VIPs are given up'
  }
  if (peer === 'worse') {
    return bothDown === 'keep'
      ? 'no peer serves either, so the VIPs stay here'
      : 'no peer serves either, so it is restarted first'
  }
  return peer === 'none' ? '' : 'no peer is known to be ready, so it is restarted first'
}

function sayRestart({ restarts }: WatchState, observation: Observation, now: number): string {
  const { startedAt, failure, count } = restarts
  const failed = failure === null ? '' : `restart ${count} failed (${failure}), `
  if (startedAt !== null) {
    return count > 1 ? `it is being restarted (number ${count})` : 'it is being restarted'
  }
  const wait = Math.max(0, Math.ceil((nextRestart(restarts, observation) - now) / 1000))
  if (failed === '') return wait === 0 ? '' : `it is restarted in ${wait} s`
  return `${failed}the next one ${wait === 0 ? 'follows' : `in ${wait} s`}`
}
