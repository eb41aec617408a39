import type { BothDown } from '../config/config.ts'
import type { HaproxyVerdict } from '../peers/watch-status.ts'
import type { Phase } from '../report/report.ts'

/** What one check of haproxy saw. */
export type Look =
  /** No process of it is left, or nobody is at its admin socket: certain at once. */
  | { readonly type: 'gone'; readonly how: string }
  /** The admin socket took the question and did not answer in time. */
  | { readonly type: 'silent' }
  | {
      readonly type: 'answered'
      /** Of the worker. */
      readonly pid: number
      readonly connections: number
      readonly limit: number
      /** Addresses of haproxy.cfg on which nobody listens. */
      readonly closed: readonly string[]
      /** It listens on none of them. */
      readonly isDeaf: boolean
    }

/**
 * What the peers prove. `ready`: at least one could take the VIPs; `worse`: all tell that they could not;
 * `unknown`: one of them does not tell; `none`: there are none.
 */
export type PeerSight = 'ready' | 'worse' | 'unknown' | 'none'

/** All that a decision depends on, apart from what was before. */
export interface Observation {
  /** null: haproxy was not asked; something else has changed. */
  readonly look: Look | null
  readonly peer: PeerSight
  /** Milliseconds since a peer that is ready proved it; null: none is. */
  readonly readyAge: number | null
  /** No peer would have the VIPs: all of them are in FAULT through their own agents. */
  readonly isPeerInFault: boolean
  /** What the run in hand does. */
  readonly phase: Phase | null
  /** What became of the restart under way; null: nothing yet, or there is none. */
  readonly restart: { readonly error: string | null } | null
}

/** How the watch judges. Times in milliseconds. */
export interface Rules {
  /** Looks in a row that a verdict of `wedged` or `deaf` takes. */
  readonly misses: number
  /** Good looks in a row, and the time, after which the VIPs come back. */
  readonly rise: number
  readonly hold: number
  readonly bothDown: BothDown
}

/** Why the VIPs are kept away from this node. Times by the clock that never jumps. */
export interface Fault {
  readonly owner: 'watch' | 'run'
  readonly reason: string
  readonly since: number
  /** When there was last a reason for it. */
  readonly neededAt: number
}

/** Restarts since haproxy last ran well for a while. */
export interface Restarts {
  readonly count: number
  /** null: none is under way. */
  readonly startedAt: number | null
  /** When systemd called it started; null: it has not. */
  readonly endedAt: number | null
  /** When the last one began or, once it has failed, when that was known: the pause counts from here. */
  readonly from: number
  /** How the last one failed. */
  readonly failure: string | null
}

/** What the watch remembers. Times are milliseconds by a clock that never jumps. */
export interface WatchState {
  /** When it was last asked for a decision; null: never. */
  readonly at: number | null
  readonly verdict: HaproxyVerdict
  readonly since: number
  /** What happened, for the sentence: `its worker was killed`. */
  readonly cause: string
  /** haproxy has answered since the watch began, so that it is known to run here. */
  readonly hasAnswered: boolean
  readonly misses: number
  readonly deafLooks: number
  readonly goneLooks: number
  /** Since when all looks were good, and how many. */
  readonly goodSince: number | null
  readonly goodLooks: number
  readonly closed: readonly string[]
  readonly load: { readonly connections: number; readonly limit: number } | null
  /** The phase of the run in hand, and since when. */
  readonly phase: Phase | null
  readonly phaseSince: number | null
  readonly fault: Fault | null
  /** Milliseconds of good looks that lift the fault: grows while haproxy dies soon after it came back. */
  readonly hold: number
  readonly liftedAt: number | null
  /** Since when this node and all peers are in FAULT; null: they are not. */
  readonly nobodySince: number | null
  readonly restarts: Restarts
}

/** The state of a watch that has seen nothing yet. */
export function beginWatch(now: number, rules: Rules): WatchState {
  return {
    at: null,
    verdict: 'starting',
    since: now,
    cause: '',
    hasAnswered: false,
    misses: 0,
    deafLooks: 0,
    goneLooks: 0,
    goodSince: null,
    goodLooks: 0,
    closed: [],
    load: null,
    phase: null,
    phaseSince: null,
    fault: null,
    hold: rules.hold,
    liftedAt: null,
    nobodySince: null,
    restarts: { count: 0, startedAt: null, endedAt: null, from: now, failure: null },
  }
}

/** Whether haproxy serves, as well as it can. */
export function isServing(verdict: HaproxyVerdict): boolean {
  return verdict === 'up' || verdict === 'saturated'
}

/** Whether haproxy surely does not serve. */
export function isBroken(verdict: HaproxyVerdict): boolean {
  return verdict === 'dead' || verdict === 'wedged' || verdict === 'deaf'
}
