import { writeFileSync } from 'node:fs'
import { uptime } from 'node:os'
import { join } from 'node:path'
import type { BothDown, WatchMode } from '../config.ts'
import type { PeerView } from '../evidence/evidence.ts'
import type { Paths } from '../paths.ts'
import type { Profile } from '../profile.ts'
import type { System } from '../system/system.ts'
import { decide } from './decide.ts'
import type { Restart } from './decide-restart.ts'
import { restoreDrain } from './drain.ts'
import { findDeath, findProcesses, holdSession } from './haproxy-session.ts'
import type { HaproxyProcesses } from './haproxy-session.ts'
import { readHolds, setHold } from './hold-file.ts'
import { keepGoodConfig } from './last-good-config.ts'
import { lookAtHaproxy } from './look.ts'
import type { WatchedWorker } from './look.ts'
import { seePeers } from './peer-sight.ts'
import { restartHaproxy } from './restart-haproxy.ts'
import type { WatchEvent } from './watch-event.ts'
import { watchKeepalived } from './watch-keepalived.ts'
import type { KeepalivedSight, KeepalivedWatch } from './watch-keepalived.ts'
import { beginWatch, isBroken, isServing } from './watch-state.ts'
import type { Look, Observation, Rules, WatchedPhase, WatchState } from './watch-state.ts'
import type { HaproxyVerdict, WatchStatus } from './watch-status.ts'

/** The watch over haproxy and keepalived of this node, which runs beside the runs. */
export interface Watch {
  /** A run has found out what is to be watched. */
  update(profile: Profile | null): void
  /** What the run in hand does; null: there is none, or it changes nothing. */
  phase(phase: WatchedPhase | null): void
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

const nothing: KeepalivedSight = { isRunning: false, vips: [], instances: null, warnings: [] }

/** Milliseconds by a clock that never jumps. */
const monotonic = (): number => performance.now()

/** Starts to watch. It goes on by itself until `stop`. */
export function startWatch(options: WatchOptions): Watch {
  const { paths, system, on } = options
  const pace = paces[options.mode === 'aggressive' ? 'aggressive' : 'normal']
  const isActing = options.mode !== 'off'
  const rules: Rules = { misses: 2, rise: 3, hold: 2_000, bothDown: options.bothDown }

  let profile = options.profile
  let phase: WatchedPhase | null = null
  let state = begin()
  let sentence = 'haproxy has not answered yet'
  let faultSince = ''
  let restartEnded: Observation['restart'] = null
  let worker: WatchedWorker | null = null
  let processes: HaproxyProcesses | null = null
  let session: { end(): void } | null = null
  let keepalived: KeepalivedWatch | null = null
  let sight = nothing
  let hasVips = false
  let warned = ''
  let goodConfigOf: number | null = null
  let timer: NodeJS.Timeout | undefined
  let isLooking = false
  let isOver = false

  /** A fault that an agent before us has left is ours. */
  function begin(): WatchState {
    const now = monotonic()
    const left = readHolds(paths.vrrp, 'fault').find(({ owner }) => owner !== 'operator')
    const begun = beginWatch(now, rules)
    if (left === undefined || left.owner === 'operator') return begun
    const { owner, reason, since } = left
    faultSince = since
    return { ...begun, fault: { owner, reason, since: now, neededAt: now } }
  }

  /** Decides and acts. keepalived hears of a death before anything else is done. */
  function step(look: Look | null): void {
    const now = monotonic()
    const observation: Observation = {
      look,
      ...seePeers(options.peers()),
      phase,
      restart: restartEnded,
    }
    restartEnded = null
    const before = state
    const decision = decide(before, observation, rules, now)
    state = isActing
      ? decision.state
      : { ...decision.state, fault: null, restarts: before.restarts }
    sentence = decision.sentence
    if (!isActing) {
      tellVerdict(before)
      return
    }
    if (state.fault !== null && before.fault === null) {
      faultSince = new Date(system.now()).toISOString()
    }
    writeFault()
    for (const action of decision.actions) {
      if (action.type === 'restart') restart(action)
      if (action.type === 'fault') {
        on({ type: 'failover', cause: action.reason, owner: action.owner, sentence })
      }
      if (action.type === 'lift' && before.fault !== null) {
        const { reason, since } = before.fault
        on({ type: 'return', cause: reason, duration: Math.round(now - since), sentence })
      }
      if (action.type !== 'restart') keepalived?.expectChange()
    }
    tellVerdict(before)
  }

  function tellVerdict(before: WatchState): void {
    if (before.verdict === state.verdict) return
    on({ type: 'verdict', from: before.verdict, to: state.verdict, sentence })
  }

  /** What keepalived reads is what was decided, whoever wrote there meanwhile. */
  function writeFault(): void {
    if (keepalived === null) return
    const { fault } = state
    try {
      for (const owner of ['watch', 'run'] as const) {
        const hold = fault?.owner === owner ? { reason: fault.reason, since: faultSince } : null
        setHold(paths.vrrp, 'fault', owner, hold)
      }
    } catch (error) {
      warn(`keepalived can't be told about haproxy: ${(error as Error).message}`)
    }
  }

  function restart(action: Restart): void {
    const scope = profile?.scope.haproxy
    if (!scope) return
    const began = monotonic()
    const { cause } = state
    restartHaproxy(action, scope, processes, options)
      .catch((error: unknown) => ({ error: String(error), notes: [] }))
      .then(({ error, notes }) => {
        if (isOver) return
        const duration = Math.round(monotonic() - began)
        const ended = error === null ? 'haproxy was restarted' : `the restart failed: ${error}`
        const said = [`${ended} after: ${cause}`, ...notes].join('; ')
        on({ type: 'restart', attempt: action.attempt, error, duration, sentence: said })
        restartEnded = { error }
        step(null)
        lookSoon()
      })
      .catch(() => {})
  }

  function died(how: string): void {
    session = null
    step({ type: 'gone', how })
    schedule(eagerInterval)
  }

  /** Takes note of a worker that was not there before. */
  function follow(found: WatchedWorker): void {
    if (worker?.pid === found.pid && session !== null) return
    session?.end()
    processes = findProcesses(found.pid)
    session = holdSession(processes, { died, reloaded: lookSoon })
  }

  async function lookOnce(): Promise<void> {
    const scope = profile?.scope.haproxy ?? null
    if (scope === null) return
    const asked = processes
    const seen = await lookAtHaproxy(scope, worker, pace.deadline, system.now())
    if (isOver || profile?.scope.haproxy !== scope) return
    let { look } = seen
    if (look.type === 'answered' && processes !== null && look.pid === processes.worker) {
      // The worker of a master that was killed answers for some milliseconds more
      const how = findDeath(processes)
      if (how !== null) look = { type: 'gone', how }
    }
    if (look.type === 'silent' && asked !== processes) return
    if (look.type === 'answered' && seen.worker !== null) follow(seen.worker)
    worker = look.type === 'gone' ? null : seen.worker
    step(look)
    keepConfig(scope)
  }

  function keepConfig(scope: NonNullable<Profile['scope']['haproxy']>): void {
    if (worker === null || worker.pid === goodConfigOf || state.verdict !== 'up') return
    if (state.goodSince === null || monotonic() - state.goodSince < goodConfigTime) return
    goodConfigOf = worker.pid
    keepGoodConfig(scope, worker.began, paths, system).catch(() => {})
  }

  /** The number that the check without an agent compares with /proc/uptime. */
  function beat(): void {
    const isJudged = state.hasAnswered || isBroken(state.verdict)
    if (!isActing || keepalived === null || !isJudged) return
    try {
      writeFileSync(join(paths.vrrp, 'heartbeat'), `${uptime().toFixed(2)}\n`)
    } catch {
      // Said by writeFault
    }
  }

  function lookAtKeepalived(): void {
    const before = sight
    sight = keepalived?.look(phase !== null) ?? nothing
    const gained = sight.vips.filter((vip) => !before.vips.includes(vip))
    const lost = before.vips.filter((vip) => !sight.vips.includes(vip))
    if (hasVips && gained.length + lost.length > 0) {
      const clauses = [
        ...(gained.length > 0 ? [`${gained.join(', ')} came to this node`] : []),
        ...(lost.length > 0 ? [`${lost.join(', ')} left this node`] : []),
      ]
      on({ type: 'vips', gained, lost, sentence: clauses.join(', ') })
    }
    hasVips = true
    warn(sight.warnings.join('; '))
  }

  function warn(text: string): void {
    if (text !== '' && text !== warned) on({ type: 'warning', sentence: text })
    warned = text
  }

  async function round(): Promise<void> {
    if (isLooking || isOver) return
    isLooking = true
    const began = monotonic()
    try {
      await lookOnce()
      lookAtKeepalived()
      beat()
    } catch (error) {
      warn(`the watch could not look: ${(error as Error).message}`)
    } finally {
      isLooking = false
    }
    const wait =
      state.verdict === 'starting' || isServing(state.verdict) ? pace.interval : eagerInterval
    // After a first silence the second question follows at once
    const isUnsure = state.misses === 1
    schedule(isUnsure ? 0 : Math.max(0, wait - (monotonic() - began)))
  }

  function schedule(wait: number): void {
    clearTimeout(timer)
    if (!isOver) timer = setTimeout(() => void round(), wait)
  }

  function lookSoon(): void {
    if (!isLooking) schedule(0)
  }

  function update(next: Profile | null): void {
    const before = profile?.scope
    const now = next?.scope
    profile = next
    if (JSON.stringify(before?.keepalived) !== JSON.stringify(now?.keepalived)) {
      keepalived = now?.keepalived ? watchKeepalived(now.keepalived, system, monotonic) : null
    }
    if (JSON.stringify(before?.haproxy) === JSON.stringify(now?.haproxy)) return
    session?.end()
    session = null
    worker = null
    processes = null
    state = begin()
    lookSoon()
  }

  if (profile?.scope.keepalived) {
    keepalived = watchKeepalived(profile.scope.keepalived, system, monotonic)
  }
  void restoreDrain(paths, system).catch(() => {})
  schedule(0)
  return {
    update,
    phase(next) {
      if (next === phase) return
      phase = next
      if (profile?.scope.haproxy) step(null)
    },
    status() {
      const isWatched = Boolean(profile?.scope.haproxy)
      const haproxy: HaproxyVerdict = isWatched ? state.verdict : 'unwatched'
      const holds = [...readHolds(paths.vrrp, 'fault'), ...readHolds(paths.vrrp, 'drain')]
      const asked = holds
        .filter(({ owner }) => owner === 'operator')
        .map(({ reason }) => `drained by an operator: ${reason}`)
      const said = isWatched ? sentence : 'nothing asks for haproxy on this node'
      return {
        haproxy,
        sentence: [said, ...asked, ...sight.warnings].join('; '),
        since: Math.round(system.now() - (monotonic() - state.since)),
        isReady:
          isServing(haproxy) && (keepalived === null || sight.isRunning) && holds.length === 0,
        instances: sight.instances,
        vips: sight.vips,
        holds,
      }
    },
    stop() {
      isOver = true
      clearTimeout(timer)
      session?.end()
    },
  }
}
