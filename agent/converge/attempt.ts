import type { TransactionResult } from '../apply/transaction.ts'
import { closingSentence, endOfError, isGood } from '../report/closing.ts'
import type { Ended } from '../report/closing.ts'
import type { Fault, Outcome } from '../report/report.ts'
import { checkOutRelease } from '../source/check-out-release.ts'
import { isGuilty } from '../store/count-failure.ts'
import { isProven } from '../store/good-release.ts'
import { saveQuarantine } from '../store/quarantine.ts'
import type { Repair, Target } from '../store/state.ts'
import { commitError, exitCode, LimitError, LocalError } from '../system/errors.ts'
import { checkTrust } from './check-trust.ts'
import { convergeTo } from './converge-to.ts'
import type { Attempt } from './decide.ts'
import type { Checkout } from './desired-state.ts'
import { formatFailure, formatPause, formatRepair, warnOfUnsaved, reasonOf } from './failure.ts'
import { countFelling } from './note-judging.ts'
import { isCounted } from './request.ts'
import type { RepoRun } from './run.ts'

/** What became of an attempt. */
export interface Attempted extends Ended {
  /** The commit for which it was rolled back unjudged. */
  readonly newer?: string
}

/** An end that may have its words already. */
type Tried = TransactionResult & { readonly message?: string }

/**
 * Tries to converge this node to a commit, and records what became of it: what fails twice through its own
 * fault is quarantined. Does not throw for what can go wrong.
 */
export async function attempt(one: Attempt, run: RepoRun): Promise<Attempted> {
  const { target, stays, ifGood, ifBad } = one
  const { store, progress } = run
  progress.commit = target.commit
  progress.subject = target.subject
  const isProbation = isCounted(run) && !isProven(store.state(), target.commit)
  const release = releaseOf(target, run)
  const end = await tryTo(target, release, isProbation, run)
  const { outcome, newer, message } = end
  let advice: string | undefined
  if (isGood(outcome)) {
    if (isCounted(run)) store.record({ type: 'good', target, outcome }, ...ifGood.events)
  } else {
    store.record(...ifBad)
    const next = isCounted(run) ? await rememberFailure(target, release, end, run) : undefined
    if (newer !== undefined) advice = `${newer.slice(0, 8)} goes first.`
    else if (isProbation || run.rollBackTo === null) advice = next
  }
  const closing =
    message === undefined
      ? closingSentence(end, progress, { stays, ...(advice !== undefined && { advice }) })
      : join(message, advice)
  // The newer commit is decided on anew, and what is special about this one is said then
  const said = newer === undefined ? join(one.sentence, closing) : closing
  return { ...end, message: isGood(outcome) ? join(said, ifGood.sentence) : said }
}

function releaseOf({ commit }: Target, { source, store, progress }: RepoRun): Checkout {
  return {
    commit,
    open: () =>
      checkOutRelease(source, commit, {
        keep: store.state().good.map((good) => good.commit),
        warn: (warning) => progress.warnings.push(warning),
      }),
  }
}

async function tryTo(
  target: Target,
  release: Checkout,
  isProbation: boolean,
  run: RepoRun,
): Promise<Tried> {
  const { store, progress } = run
  try {
    // What is in force here has been let in; everything else proves itself, whichever way it came
    if (target.commit !== store.state().applied?.commit) {
      const { fault, events } = await checkTrust(target, run)
      store.record(...events)
      if (fault !== null) throw commitError({ file: target.commit.slice(0, 8) }, fault)
    }
    if (isProbation) await store.save({ type: 'begun', target })
    const paused = pausedRepair(target, run)
    return paused !== null && (await isAsBefore(paused, release, run))
      ? endOfPause(paused, progress.node)
      : await convergeTo(release, run)
  } catch (error) {
    // Its limit has ended it, which took as long as it may take
    if (error instanceof LimitError && !isProven(store.state(), target.commit)) {
      await countFelling(target.commit, run)
    }
    const ended = endOfError(error)
    // What only an operator (64) or a commit (4) can fix does not fix itself while we wait
    return ended.exitCode === exitCode.failed ? { ...ended, fault: 'node' } : ended
  }
}

/** Enforcing the commit in force has failed, and nobody waits for it: each try may cost traffic. */
function pausedRepair({ commit }: Target, run: RepoRun): Repair | null {
  const { repair } = run.store.state()
  if (run.cause === 'person' || !isCounted(run) || repair?.commit !== commit) return null
  return run.node.system.now() < Date.parse(repair.notBefore) ? repair : null
}

/** Whether nothing has happened since that would give a repair a chance that it did not have. */
async function isAsBefore({ found }: Repair, release: Checkout, run: RepoRun): Promise<boolean> {
  const { outcome, found: now } = await look(release, run)
  return outcome !== 'in-sync' && now === found
}

/** What differs now; null: a fault of the node hides it. */
async function look(
  release: Checkout,
  run: RepoRun,
): Promise<{ readonly outcome: Outcome; readonly found: string | null }> {
  try {
    const seen = await convergeTo(release, { ...run, mode: 'plan', on: () => {} })
    return { outcome: seen.outcome, found: seen.found ?? null }
  } catch (error) {
    if (!(error instanceof LocalError)) throw error
    return { outcome: 'failed', found: null }
  }
}

function endOfPause(repair: Repair, node: string | null): Ended {
  const { held } = exitCode
  return { outcome: 'held', exitCode: held, results: [], message: formatPause(repair, node) }
}

/** @returns what comes next, for people; undefined when there is nothing special about it */
async function rememberFailure(
  target: Target,
  release: Checkout,
  end: Tried,
  run: RepoRun,
): Promise<string | undefined> {
  const { rollBackTo, node, store, quarantine, progress } = run
  const { paths, system } = node
  const { commit, subject } = target
  const reason = reasonOf(end)
  // A way back that an operator tried is nothing that the schedule goes on with
  const isForgotten = rollBackTo !== null && isProven(store.state(), commit)
  const fault: Fault | null = isForgotten ? null : (end.fault ?? null)
  const isRepair = fault !== null && isProven(store.state(), commit)
  const found = isRepair ? (await look(release, run)).found : null
  store.record({ type: 'failed', target, outcome: end.outcome, fault, reason, found })
  const { failing, repair } = store.state()
  try {
    if (isGuilty(failing, commit)) {
      const entry = { reason, at: new Date(system.now()).toISOString(), subject }
      await saveQuarantine({ ...quarantine, [commit]: entry }, paths, system)
      store.record({ type: 'quarantined', commit })
    }
    await store.save()
  } catch (error) {
    // The failure itself must be reported, and a full disk is a likely cause of it
    if (!(error instanceof LocalError)) throw error
    progress.warnings.push(warnOfUnsaved(error))
    return undefined
  }
  if (fault === null) return undefined
  return formatRepair(repair, commit) ?? formatFailure(failing, commit)
}

function join(...parts: readonly (string | null | undefined)[]): string {
  return parts.filter((part) => part !== null && part !== undefined).join('\n')
}
