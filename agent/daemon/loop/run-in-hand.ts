import { isUnfinished } from '../../apply/journal.ts'
import type { AgentConfig } from '../../config/config.ts'
import type { Node, Request, RunEnd } from '../../converge/run.ts'
import type { Log } from '../../diagnostics/log.ts'
import type { Warning } from '../../diagnostics/warning.ts'
import type { Cause, Listener, Phase, Report } from '../../report/report.ts'
import type { Profile } from '../../store/profile.ts'
import { loadState } from '../../store/state.ts'
import { messageOf } from '../../system/errors.ts'
import type { Runner } from '../runner/runner.ts'
import { driftOf } from './drift-seen.ts'
import type { DriftSeen } from './drift-seen.ts'
import { enforce } from './enforce.ts'
import type { FileEye } from './file-eye.ts'
import { logReport } from './log-report.ts'
import type { Waiting } from './queue.ts'
import { touchedBy } from './touched-by.ts'

/** A run that somebody waits for. */
export interface Order {
  readonly request: Request
  readonly on: Listener
  readonly resolve: (report: Report) => void
  readonly reject: (error: unknown) => void
}

/** The run that the daemon does at the moment. */
export interface RunInHand {
  /** One run, from the wake to what is to be said of it. Never throws. */
  execute(wake: Waiting<Order>): Promise<void>
  /** When the last one began, ISO 8601. */
  since(): string
  /** What it does; null: there is none, or it changes nothing. */
  phase(): Phase | null
  /**
   * Drift was seen. A run by schedule that asks the remote waits for no answer any more, which may be long in
   * coming, and goes on with what is in force. @returns whether that is so, and the remote is to be asked again
   */
  hasten(): boolean
  /** Of all runs so far. */
  lastDrift(): DriftSeen | null
  /** No run is asked for any more. */
  stop(): void
}

/** What a run in the daemon needs, and who hears of it. */
export interface RunInHandParts {
  readonly node: Node
  readonly runner: Pick<Runner, 'run' | 'hasten' | 'pid'>
  readonly eye: Pick<FileEye, 'runBegins' | 'runActs' | 'runEnds'>
  /** agent.yml as it was read last. */
  readonly config: () => AgentConfig
  readonly log: Log
  /** Asks for another run. */
  readonly wake: (cause: 'schedule' | 'drift') => void
  readonly onPhase: (phase: Phase | null) => void
  readonly onReport: (report: Report, cause: Cause) => void
  /** What a run has found out about this node; waited for. */
  readonly onProfile: (profile: Profile) => Promise<void>
  /** All is over, and whoever asked was answered; waited for. No report: the run broke off. */
  readonly onEnd: (report: Report | undefined) => Promise<void>
}

/** Milliseconds until a run that another one kept out is tried again: the run of a daemon that died, a person's. */
const lockedPause = 2_000

/** Carries out runs, one after the other as it is told to. */
export function createRunInHand(parts: RunInHandParts): RunInHand {
  const { node, runner, eye, log } = parts
  const { paths, system } = node
  let since = new Date(system.now()).toISOString()
  let phase: Phase | null = null
  /** By schedule, and the remote has not answered yet: it touches nothing, and drift goes first. */
  let isAsking = false
  /** Drift has cut its asking short, so that it is a repair as well. */
  let isHastened = false
  let lastDrift: DriftSeen | null = null
  let warnings: readonly Warning[] = []
  let hasLostRun = false
  let retry: NodeJS.Timeout | undefined

  return {
    execute,
    since: () => since,
    phase: () => phase,
    hasten() {
      isHastened ||= isAsking
      if (isAsking) runner.hasten()
      return isAsking
    },
    lastDrift: () => lastDrift,
    stop: () => clearTimeout(retry),
  }

  async function execute(wake: Waiting<Order>): Promise<void> {
    since = new Date(system.now()).toISOString()
    isHastened = false
    let end: RunEnd | null = null
    try {
      await eye.runBegins()
      const applied = await appliedCommit(node)
      end = await run(wake, applied)
      tell(end, wake, applied)
    } catch (error) {
      log('error', 'run broke off', { cause: wake.cause, error: messageOf(error) })
      if (wake.cause === 'person') wake.order.reject(error)
    }
    setPhase(null)
    isAsking = false
    const isForDrift = wake.cause === 'drift' || isHastened
    await eye.runEnds({ isOurs: end && touchedBy(end.report), isForDrift })
    if (end?.profile) await parts.onProfile(end.profile)
    // Not before: what is changed from now on by whoever hears of it is another hand's doing
    if (end !== null && wake.cause === 'person') wake.order.resolve(end.report)
    await parts.onEnd(end?.report)
  }

  async function run(wake: Waiting<Order>, applied: string | null): Promise<RunEnd> {
    const isCutShort = await isUnfinished(paths, system)
    isAsking = wake.cause === 'schedule' && !isCutShort
    if (!isAsking) eye.runActs()
    if (wake.cause === 'person') return runner.run(wake.order.request, listen(wake.order.on))
    return enforce(
      {
        cause: wake.cause,
        onDrift: parts.config().onDrift,
        applied,
        isUnfinished: isCutShort,
      },
      (request) => runner.run({ ...request, lastConfig: parts.config() }, listen()),
    )
  }

  function tell(end: RunEnd, wake: Waiting<Order>, applied: string | null): void {
    const { report } = end
    const cause = wake.cause === 'person' ? wake.order.request.cause : wake.cause
    logReport(report, cause, warnings, log)
    parts.onReport(report, cause)
    warnings = report.warnings
    lastDrift = driftOf(report, applied) ?? lastDrift
    const isLost = runner.pid() === null
    // What it left half done must not wait for the schedule; but a circle of losses must.
    if (isLost && !hasLostRun) parts.wake('schedule')
    hasLostRun = isLost
    const again = wake.cause
    if (end.isLocked === true && again !== 'person') {
      clearTimeout(retry)
      retry = setTimeout(() => parts.wake(again), lockedPause)
    }
  }

  function listen(on?: Listener): Listener {
    return (event) => {
      if (event.type === 'phase') setPhase(event.phase)
      if (event.type === 'asked') {
        isAsking = false
        eye.runActs()
      }
      on?.(event)
    }
  }

  function setPhase(next: Phase | null): void {
    phase = next
    parts.onPhase(next)
  }
}

/** The commit in force; null: none yet, or state.json is damaged, which the run itself tells. */
async function appliedCommit({ paths, system }: Node): Promise<string | null> {
  const state = await loadState(paths, system).catch(() => null)
  return state?.applied?.commit ?? null
}
