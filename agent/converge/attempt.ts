import { warn } from '../diagnostics/warning.ts'
import { isWholeRun } from '../plan/plan.ts'
import { closingSentence, endOfError } from '../report/closing.ts'
import type { End, Ended } from '../report/closing.ts'
import type { Fault, Outcome } from '../report/report.ts'
import { checkOutRelease } from '../source/check-out-release.ts'
import type { SourceConfig } from '../source/source-config.ts'
import { isProven } from '../store/good-release.ts'
import type { Memory } from '../store/memory.ts'
import { loadQuarantine, saveQuarantine } from '../store/quarantine.ts'
import type { Release, Repair } from '../store/state.ts'
import { commitError, exitCode, LocalError } from '../system/errors.ts'
import { bringInLine } from './bring-in-line.ts'
import { checkTrust } from './check-trust.ts'
import { formatFailure, formatPause, formatRepair, isGuilty, reasonOf } from './failure.ts'
import { recordBegin, recordFailure, recordGood } from './record-run.ts'
import type { Request, Run } from './run.ts'

type Commit = Pick<Release, 'commit' | 'subject'>

/** What became of an attempt. */
export interface Attempted extends Ended {
  /** The commit for which it was taken back unjudged. */
  readonly newer?: string
}

/**
 * Tries to bring this node in line with a commit, and remembers what became of it: what fails twice through
 * its own fault is quarantined. Does not throw for what can go wrong.
 * @param stays whether it is enforced in place of a newer one
 */
export async function attempt(
  target: Commit,
  stays: boolean,
  source: SourceConfig,
  memory: Memory,
  run: Run,
): Promise<Attempted> {
  const { request, node, progress } = run
  progress.commit = target.commit
  progress.subject = target.subject
  const isProbation = isCounted(request) && !isProven(memory.state(), target.commit)
  let end: End & { readonly fault?: Fault; readonly newer?: string; readonly message?: string }
  try {
    // What is in force here has been let in; everything else proves itself, whichever way it came
    if (target.commit !== memory.state().applied?.commit) {
      const unverified = await checkTrust(target, source, memory, run)
      if (unverified !== null) throw commitError({ file: target.commit.slice(0, 8) }, unverified)
    }
    if (isProbation) {
      await memory.update((state) => recordBegin(state, target, node.system.now()))
    }
    const checkOut = (): Promise<string> =>
      checkOutRelease(source, target.commit, {
        keep: memory.state().good.map(({ commit }) => commit),
        warn: (warning) => progress.warnings.push(warning),
      })
    const paused = pausedRepair(target, memory, run)
    end =
      paused !== null && (await differs(checkOut, target.commit, memory, run))
        ? endOfPause(paused, progress.node)
        : await bringInLine(checkOut, target.commit, memory, run)
  } catch (error) {
    const ended = endOfError(error)
    // What only a person can mend (64), or a commit (4), does not mend itself while we wait
    end = ended.exitCode === exitCode.failed ? { ...ended, fault: 'node' } : ended
  }
  const { outcome, fault = null, newer, message } = end
  let advice: string | undefined
  if (isGood(outcome)) {
    if (isCounted(request)) {
      await memory.update((state) => recordGood(state, target, outcome, node.system.now()))
    }
  } else if (isCounted(request)) {
    const told = await rememberFailure(target, { ...end, fault }, memory, run)
    if (newer !== undefined) advice = `${newer.slice(0, 8)} goes first.`
    else if (isProbation || request.rollBackTo === null) advice = told
  }
  const closing =
    message === undefined
      ? closingSentence(end, progress, { stays, ...(advice !== undefined && { advice }) })
      : [message, advice].filter((text) => text !== undefined).join('\n')
  return { ...end, message: closing }
}

/** Bringing the node back has failed, and nobody waits for it: each try may cost traffic. */
function pausedRepair({ commit }: Commit, memory: Memory, { request, node }: Run): Repair | null {
  const { repair } = memory.state()
  if (request.cause === 'person' || !isCounted(request) || repair?.commit !== commit) return null
  return node.system.now() < Date.parse(repair.notBefore) ? repair : null
}

async function differs(
  checkOut: () => Promise<string>,
  commit: string,
  memory: Memory,
  run: Run,
): Promise<boolean> {
  const request = { ...run.request, mode: 'plan' } as const
  const { outcome } = await bringInLine(checkOut, commit, memory, { ...run, request, on: () => {} })
  return outcome === 'drift'
}

function endOfPause(repair: Repair, node: string | null): Ended {
  const { held } = exitCode
  return { outcome: 'held', exitCode: held, results: [], message: formatPause(repair, node) }
}

/** A run over a folder, a part of the tasks or with other variables says nothing about the commit. */
export function isCounted(request: Request): boolean {
  return request.mode === 'converge' && isWhole(request)
}

/** Whether a run concerns all of a commit, as it is in the repo. */
export function isWhole({ folder, choice, extraVars }: Request): boolean {
  return folder === null && isWholeRun(choice) && extraVars.size === 0
}

export function isGood(outcome: Outcome): boolean {
  return outcome === 'in-sync' || outcome === 'converged' || outcome === 'drift'
}

/** @returns what comes next, for people; undefined when there is nothing special about it */
async function rememberFailure(
  target: Commit,
  end: End & { readonly fault: Fault | null; readonly message?: string },
  memory: Memory,
  { request, node: { paths, system }, progress }: Run,
): Promise<string | undefined> {
  const now = system.now()
  const reason = reasonOf(end)
  const before = memory.state()
  // A way back that a person tried is nothing that the schedule goes on with
  const isNothing = request.rollBackTo !== null && isProven(before, target.commit)
  const fault = isNothing ? null : end.fault
  const failed = recordFailure(before, target, end.outcome, fault, reason, now)
  const isQuarantined = isGuilty(failed.failing, target.commit)
  try {
    if (isQuarantined) {
      const entry = { reason, at: new Date(now).toISOString(), subject: target.subject }
      const commits = { ...(await loadQuarantine(paths, system)), [target.commit]: entry }
      await saveQuarantine(commits, paths, system)
    }
    await memory.update(() => (isQuarantined ? { ...failed, failing: null } : failed))
  } catch (error) {
    // The failure itself must be told, and a full disk is a likely cause of it
    if (!(error instanceof LocalError)) throw error
    progress.warnings.push(
      warn(
        'state-unwritten',
        `what became of the commit could not be written down: ${error.message}`,
      ),
    )
    return undefined
  }
  if (fault === null) return undefined
  return formatRepair(failed.repair, target.commit) ?? formatFailure(failed.failing, target.commit)
}
