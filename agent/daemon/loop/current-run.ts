import { isUnfinished } from '../../apply/journal.ts'
import type { AgentConfig } from '../../config/config.ts'
import { isCounted } from '../../converge/request.ts'
import type { Request } from '../../converge/request.ts'
import type { Node, RunEnd } from '../../converge/run.ts'
import { distinct } from '../../diagnostics/warning.ts'
import type { Warning } from '../../diagnostics/warning.ts'
import type { Cause, Listener, Phase, Report } from '../../report/report.ts'
import type { Profile } from '../../store/profile.ts'
import { forgetFelled } from '../../store/felled.ts'
import { loadState } from '../../store/state.ts'
import { messageOf } from '../../system/errors.ts'
import type { DaemonContext } from '../context.ts'
import type { Runner } from '../runner/runner.ts'
import { enforce } from './enforce.ts'
import type { FileWatcher } from './file-watcher.ts'
import type { Waiting } from './loop.ts'
import { driftOf, touchedBy } from './report-drift.ts'
import type { DriftSeen } from './report-drift.ts'

/** A run that somebody waits for. */
export interface Order {
  readonly request: Request
  readonly on: Listener
  readonly resolve: (report: Report) => void
  readonly reject: (error: unknown) => void
}

/** The run that the daemon does at the moment. */
export interface CurrentRun {
  /** One run, from the wake to what is to be said of it. Never throws. */
  execute(wake: Waiting<Order>): Promise<void>
  /** When the last one began, ISO 8601. */
  since(): string
  /** What it does; null: there is none, or it changes nothing. */
  phase(): Phase | null
  /**
   * Drift was seen. A run by schedule that asks the remote waits for no answer any more, which may be long in
   * coming, and goes on with what is in force; one that judges a new commit for long is broken off for it. @returns what is to be run next: where that is so, the remote is
   * to be asked again
   */
  noteDrift(): 'schedule' | 'drift'
  /** Of all runs so far. */
  lastDrift(): DriftSeen | null
  /** No run is asked for any more. */
  stop(): void
}

/** What a run in the daemon works with. */
export interface RunCollaborators {
  readonly runner: Pick<Runner, 'run' | 'cut' | 'pid'>
  readonly files: Pick<FileWatcher, 'runBegins' | 'runActs' | 'runEnds'>
  /** agent.yml as it was read last. */
  readonly config: () => AgentConfig
  /** Asks for another run. */
  readonly wake: (cause: 'schedule' | 'drift') => void
  /** What a run has found out about this node; waited for. */
  readonly learn: (profile: Profile) => Promise<void>
}

/** Milliseconds until a run that another one kept out is tried again: the run of a daemon that died, an operator's. */
const lockedPause = 2_000

/** Milliseconds that drift waits for a new commit to be judged. Most are by then, and what is broken off is begun anew. */
const judgingPause = 1_000

/** Carries out runs, one after the other as it is told to. */
export function createCurrentRun(
  { node, events, warnings }: Pick<DaemonContext, 'node' | 'events' | 'warnings'>,
  { runner, files, config, wake: wakeLater, learn }: RunCollaborators,
): CurrentRun {
  const { paths, system } = node
  let since = new Date(system.now()).toISOString()
  let phase: Phase | null = null
  /** By schedule, and the remote has not answered yet: it touches nothing, and drift goes first. */
  let isAsking = false
  /** What it is for, or came to be: drift cuts its asking short. */
  let isForDrift = false
  let isJudging = false
  let remoteWait = new AbortController()
  let cutting: NodeJS.Timeout | undefined
  let isCut = false
  let lastDrift: DriftSeen | null = null
  let warned: readonly Warning[] = []
  let hasLostRun = false
  let retry: NodeJS.Timeout | undefined

  return {
    execute,
    since: () => since,
    phase: () => phase,
    noteDrift() {
      if (!isAsking) return 'drift'
      isForDrift = true
      remoteWait.abort()
      if (isJudging) cutSoon()
      return 'schedule'
    },
    lastDrift: () => lastDrift,
    stop() {
      clearTimeout(retry)
      clearTimeout(cutting)
    },
  }

  async function execute(wake: Waiting<Order>): Promise<void> {
    const cause = causeOf(wake)
    since = new Date(system.now()).toISOString()
    isForDrift = wake.cause === 'drift'
    events.emit({ type: 'run-began', cause })
    let end: RunEnd | null = null
    try {
      await files.runBegins()
      const applied = await appliedCommit(node)
      end = await run(wake, applied)
      if (isCut) {
        // It has felled nothing
        await forgetFelled(paths, system).catch(() => {})
        end = await run({ cause: 'drift' }, applied)
      }
      lastDrift = driftOf(end.report, applied) ?? lastDrift
      wakeAgain(end, wake)
    } catch (error) {
      events.emit({ type: 'run-broke-off', cause, error: messageOf(error) })
      if (wake.cause === 'person') wake.order.reject(error)
    }
    setPhase(null)
    endAsking()
    await files.runEnds({ isOurs: end && touchedBy(end.report), isForDrift })
    if (end === null) return
    if (end.profile) await learn(end.profile)
    // Not before: what is changed from now on by those who hear of it is not the run's doing
    warnings.set('run', warningsAfter(wake, end.report))
    events.emit({ type: 'run-ended', cause, report: end.report })
    if (wake.cause === 'person') wake.order.resolve(end.report)
  }

  async function run(wake: Waiting<Order>, applied: string | null): Promise<RunEnd> {
    isCut = false
    const isCutShort = await isUnfinished(paths, system)
    isAsking = wake.cause === 'schedule' && !isCutShort
    if (!isAsking) files.runActs()
    if (wake.cause === 'person') {
      const { request, on } = wake.order
      return runner.run(request, { on: listen(on) })
    }
    return enforce(
      { cause: wake.cause, onDrift: config().onDrift, applied, isUnfinished: isCutShort },
      (request) => {
        remoteWait = new AbortController()
        const collaborators = { on: listen(), skipRemoteWait: remoteWait.signal }
        return runner.run({ ...request, lastConfig: config() }, collaborators)
      },
    )
  }

  /** A part of a node, another folder or a mere look says little; a run for drift asks no remote. */
  function warningsAfter(wake: Waiting<Order>, { warnings: found }: Report): readonly Warning[] {
    const isNarrow = wake.cause === 'person' && !isCounted(wake.order.request)
    if (!isNarrow) warned = wake.cause === 'drift' ? distinct([...warned, ...found]) : found
    return warned
  }

  function wakeAgain({ isLocked }: RunEnd, { cause }: Waiting<Order>): void {
    const isLost = runner.pid() === null
    // What it left half done must not wait for the schedule; but a circle of losses must.
    if (isLost && !hasLostRun) wakeLater('schedule')
    hasLostRun = isLost
    if (isLocked === true && cause !== 'person') {
      clearTimeout(retry)
      retry = setTimeout(() => wakeLater(cause), lockedPause)
    }
  }

  function listen(on?: Listener): Listener {
    return (event) => {
      if (event.type === 'phase') setPhase(event.phase)
      if (event.type === 'judging') {
        isJudging = true
        if (isAsking && isForDrift) cutSoon()
      }
      if (event.type === 'asked' && isAsking) {
        endAsking()
        files.runActs()
      }
      on?.(event)
    }
  }

  function endAsking(): void {
    isAsking = false
    isJudging = false
    clearTimeout(cutting)
    cutting = undefined
  }

  function cutSoon(): void {
    cutting ??= setTimeout(() => {
      isCut = true
      runner.cut()
    }, judgingPause)
  }

  function setPhase(next: Phase | null): void {
    phase = next
    events.emit({ type: 'run-phase', phase: next })
  }
}

/** An operator's order may be a run by schedule, as `converge --scheduled` asks for it. */
export function causeOf(wake: Waiting<Order>): Cause {
  return wake.cause === 'person' ? wake.order.request.cause : wake.cause
}

/** The commit in force; null: none yet, or state.json is damaged, which the run itself reports. */
async function appliedCommit({ paths, system }: Node): Promise<string | null> {
  const state = await loadState(paths, system).catch(() => null)
  return state?.applied?.commit ?? null
}
