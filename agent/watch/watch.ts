import { isDeepStrictEqual } from 'node:util'
import type { BothDown, WatchMode } from '../config/config.ts'
import { warn } from '../diagnostics/warning.ts'
import type { Warning } from '../diagnostics/warning.ts'
import type { PeerView } from '../peers/evidence.ts'
import type { WatchStatus } from '../peers/watch-status.ts'
import type { Phase } from '../report/report.ts'
import type { Profile } from '../store/profile.ts'
import { messageOf } from '../system/errors.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'
import type { Restart } from './decide-restart.ts'
import { decide } from './decide.ts'
import type { Decision } from './decide.ts'
import { restoreDrain } from './drain.ts'
import { openHaproxyEye } from './haproxy-eye.ts'
import type { HaproxyEye } from './haproxy-eye.ts'
import { readHolds } from './holds.ts'
import { seePeers } from './peer-sight.ts'
import { restartHaproxy } from './restart-haproxy.ts'
import { createSideLooks } from './side-looks.ts'
import { beat, tellFault } from './tell-keepalived.ts'
import { toWatchStatus } from './to-watch-status.ts'
import type { WatchEvent } from './watch-event.ts'
import { beginWatch, isBroken, isServing } from './watch-state.ts'
import type { Look, Observation, Rules, WatchState } from './watch-state.ts'

/** The watch over haproxy and keepalived of this node, which runs beside the runs. */
export interface Watch {
  /** A run has found out what is to be watched. */
  update(profile: Profile | null): void
  /** What the run in hand does; null: there is none, or it changes nothing. */
  phase(phase: Phase | null): void
  status(): WatchStatus
  /** Ends it. What keepalived was told stays; the check without an agent takes over after 4 s. */
  stop(): void
}

export interface WatchOptions {
  readonly profile: Profile | null
  /** `off` looks, and does nothing. */
  readonly mode: WatchMode
  readonly bothDown: BothDown
  /** What the peers prove; asked for each decision. */
  readonly peers: () => readonly PeerView[]
  readonly paths: Pick<Paths, 'state' | 'vrrp'>
  readonly system: System
  readonly on: (event: WatchEvent) => void
  /** All that is to be looked at and moves nothing, such as two masters; called after each look. */
  readonly warn: (warnings: readonly Warning[]) => void
}

/**
 * Milliseconds between two questions, and until one counts as not answered. A haproxy that stops right
 * after an answer is found wedged after interval + 2 × deadline: 2.4 s, or 0.85 s.
 */
const paces = {
  normal: { interval: 1_000, deadline: 700 },
  aggressive: { interval: 250, deadline: 300 },
} as const
/** Milliseconds between two questions to a haproxy that does not serve: to see it come back. */
const eagerInterval = 250
/** 10 s: a configuration that haproxy has run with for so long is good. */
const goodConfigTime = 10_000

/** Milliseconds by a clock that never jumps. */
const monotonic = (): number => performance.now()

/** Starts to watch. It goes on by itself until `stop`. */
export function startWatch(options: WatchOptions): Watch {
  const { paths, system } = options
  const pace = paces[options.mode === 'aggressive' ? 'aggressive' : 'normal']
  const isActing = options.mode !== 'off'
  const rules: Rules = { misses: 2, rise: 3, hold: 2_000, bothDown: options.bothDown }

  let scope: Profile['scope'] | null = null
  let eye: HaproxyEye | null = null
  const beside = createSideLooks(system, monotonic)
  let phase: Phase | null = null
  let state = beginWatch(monotonic(), rules)
  let sentence = 'haproxy has not answered yet'
  /** ISO 8601, for people. */
  let faultSince = ''
  let restartEnded: Observation['restart'] = null
  /** Why keepalived does not hear of haproxy, and why the last look failed. */
  let untold: readonly Warning[] = []
  let blind: readonly Warning[] = []
  let timer: NodeJS.Timeout | undefined
  let isLooking = false
  let isOver = false

  /** Decides and acts. keepalived hears of a death before anything else is done. */
  function step(look: Look | null): void {
    const now = monotonic()
    const before = state
    const peers = seePeers(options.peers())
    const observation: Observation = { look, ...peers, phase, restart: restartEnded }
    restartEnded = null
    const decision = decide(before, observation, rules, now)
    sentence = decision.sentence
    state = decision.state
    if (isActing) act(decision, before, now)
    else state = { ...state, fault: null, restarts: before.restarts }
    if (before.verdict === state.verdict) return
    tell({ type: 'verdict', from: before.verdict, to: state.verdict, sentence })
  }

  function act({ actions }: Decision, before: WatchState, now: number): void {
    if (state.fault !== null && before.fault === null) {
      faultSince = new Date(system.now()).toISOString()
    }
    writeFault()
    for (const action of actions) {
      if (action.type === 'restart') restart(action)
      else beside.expectChange()
      if (action.type === 'fault') {
        tell({ type: 'failover', cause: action.reason, owner: action.owner, sentence })
      }
      if (action.type === 'lift' && before.fault !== null) {
        const { reason, since } = before.fault
        tell({ type: 'return', cause: reason, duration: Math.round(now - since), sentence })
      }
    }
  }

  function writeFault(): void {
    untold = []
    if (!scope?.keepalived) return
    try {
      tellFault(state.fault, faultSince, paths)
    } catch (error) {
      const sentence = `keepalived can't be told about haproxy: ${messageOf(error)}`
      untold = [warn('keepalived-untold', sentence)]
    }
  }

  function tell(event: WatchEvent): void {
    undisturbed(() => options.on(event))
  }

  function restart(action: Restart): void {
    const haproxy = scope?.haproxy
    if (!haproxy) return
    const began = monotonic()
    const { cause } = state
    restartHaproxy(action, haproxy, eye?.processes() ?? null, options)
      .catch((error: unknown) => ({ error: String(error), notes: [] }))
      .then(({ error, notes }) => {
        if (isOver) return
        const duration = Math.round(monotonic() - began)
        const ended = error === null ? 'haproxy was restarted' : `the restart failed: ${error}`
        const said = [`${ended} after: ${cause}`, ...notes].join('; ')
        tell({ type: 'restart', attempt: action.attempt, error, duration, sentence: said })
        restartEnded = { error }
        step(null)
        lookSoon()
      })
      .catch(() => {})
  }

  async function round(): Promise<void> {
    if (isLooking || isOver) return
    isLooking = true
    const began = monotonic()
    try {
      const asked = eye
      const look = await asked?.look()
      if (look && asked === eye && !isOver) step(look)
      const { verdict, goodSince, hasAnswered } = state
      const isWell = verdict === 'up' && goodSince !== null
      if (isWell && monotonic() - goodSince >= goodConfigTime) eye?.keepConfig()
      const moved = await beside.look({
        eye,
        isServing: isServing(verdict),
        isBusy: phase !== null,
      })
      if (moved !== null) tell(moved)
      const isJudged = eye !== null && (hasAnswered || isBroken(verdict))
      if (isActing && scope?.keepalived && isJudged) beat(paths)
      blind = []
    } catch (error) {
      blind = [warn('watch-blind', `the watch could not look: ${messageOf(error)}`)]
    } finally {
      isLooking = false
    }
    if (!isOver)
      undisturbed(() => options.warn([...untold, ...blind, ...beside.warnings(options.peers())]))
    const isEager = isBroken(state.verdict)
    const wait = (isEager ? eagerInterval : pace.interval) - (monotonic() - began)
    // After a first silence the second question follows at once
    schedule(state.misses === 1 ? 0 : Math.max(0, wait))
  }

  function schedule(wait: number): void {
    clearTimeout(timer)
    if (!isOver) timer = setTimeout(() => void round(), wait)
  }

  function lookSoon(): void {
    if (!isLooking) schedule(0)
  }

  function update(profile: Profile | null): void {
    const before = scope
    scope = profile?.scope ?? null
    const { haproxy = null } = scope ?? {}
    if (!isDeepStrictEqual(before?.keepalived, scope?.keepalived)) {
      beside.setKeepalived(scope?.keepalived ?? null)
    }
    if (before !== null && isDeepStrictEqual(before.haproxy, haproxy)) return
    eye?.close()
    eye =
      haproxy &&
      openHaproxyEye(
        haproxy,
        pace.deadline,
        {
          died(how) {
            step({ type: 'gone', how })
            schedule(eagerInterval)
          },
          changed: lookSoon,
        },
        options,
      )
    state = begin()
    lookSoon()
  }

  /** A fault that an agent before us has left is ours. */
  function begin(): WatchState {
    const now = monotonic()
    const begun = beginWatch(now, rules)
    const left = readHolds(paths.vrrp, 'fault').find(({ owner }) => owner !== 'operator')
    if (left === undefined || left.owner === 'operator') return begun
    const { owner, reason, since } = left
    faultSince = since
    return { ...begun, fault: { owner, reason, since: now, neededAt: now } }
  }

  void restoreDrain(paths, system).catch(() => {})
  update(options.profile)
  schedule(0)
  return {
    update,
    phase(next) {
      if (next === phase) return
      phase = next
      if (eye !== null) step(null)
    },
    status: () =>
      toWatchStatus({
        state: eye && state,
        sentence,
        keepalived: beside.keepalived(),
        holds: [...readHolds(paths.vrrp, 'fault'), ...readHolds(paths.vrrp, 'drain')],
        warnings: beside.warnings(options.peers()),
        now: system.now(),
        monotonic: monotonic(),
      }),
    stop() {
      isOver = true
      clearTimeout(timer)
      eye?.close()
    },
  }
}

/** Whoever listens must not disturb the watch. */
function undisturbed(tell: () => void): void {
  try {
    tell()
  } catch {
    // It is for the listener to know
  }
}
