import { closingSentence, combineEnds, endOfError, isGood } from '../report/closing.ts'
import type { Ended } from '../report/closing.ts'
import { refName } from '../source/source-config.ts'
import { tidyMirror } from '../source/tidy-mirror.ts'
import { inForce, keptCommits, name } from '../store/good-release.ts'
import { loadQuarantine } from '../store/quarantine.ts'
import { LocalError, LockedError } from '../system/errors.ts'
import { attempt } from './attempt.ts'
import type { Attempted } from './attempt.ts'
import { convergeTo } from './converge-to.ts'
import { decide } from './decide.ts'
import type { Decision, Proposal } from './decide.ts'
import { warnOfUnsaved } from './failure.ts'
import { judge } from './judge.ts'
import { keepReport } from './keep-report.ts'
import { quarantineFelled } from './note-judging.ts'
import { findNewest, newerThan, pull } from './pull.ts'
import { isCounted } from './request.ts'
import type { Request } from './request.ts'
import type { Collaborators, GivenRun, Node, Progress, RepoRun, Run, RunEnd } from './run.ts'
import { withRun } from './with-run.ts'

/** How often in one run a newer commit may take the place of the one under way. */
const mostNewer = 3

/**
 * One run: pull, judge, decide, attempt, save, report. Never throws for what can go wrong with commit, node or
 * network: the report says it.
 */
export async function converge(
  request: Request,
  node: Node,
  collaborators: Collaborators,
): Promise<RunEnd> {
  const start = { at: node.system.now(), clock: performance.now() }
  const progress: Progress = {
    node: null,
    commit: null,
    subject: null,
    warnings: [],
    part: null,
    secrets: [],
    profile: null,
  }
  const given: GivenRun = { ...request, ...collaborators, node, progress }
  let isLocked = false
  const ended = await withRun(given, followOrUse).catch((error: unknown) => {
    isLocked = error instanceof LockedError
    return endOfError(error)
  })
  const report = await keepReport(ended, given, start)
  return { report, profile: given.progress.profile, isLocked }
}

async function followOrUse(run: Run): Promise<Ended> {
  const { folder } = run
  if (folder === null) return followRepo(run)
  const ended = await convergeTo({ commit: null, open: async () => folder }, run)
  return { ...ended, message: closingSentence(ended, run.progress) }
}

/** A commit that comes while the health gate sees faults goes first, in the same run. */
async function followRepo(run: Run): Promise<Ended> {
  let all = await followOnce(run, true)
  for (let left = mostNewer; all.newer !== undefined; left--) {
    const message = `going on with ${all.newer.slice(0, 8)}, which came meanwhile`
    run.on({ type: 'step', message })
    const next = await followOnce(run, left > 1)
    const results = [...all.results, ...next.results]
    all = { ...next, results, message: `${all.message}\n${next.message}` }
  }
  return all
}

/** @param mayYield whether a newer commit may take the place of the one that this is about */
async function followOnce(given: Run, mayYield: boolean): Promise<Attempted> {
  const { node, config, store, progress } = given
  if (config === null) throw new Error('a run without -i needs agent.yml')
  const source = { ...config, folder: node.paths.state }
  const known = await loadQuarantine(node.paths, node.system)
  const quarantine = await quarantineFelled(known, given)
  const run: RepoRun = { ...given, config, source, quarantine }

  const proposal = await propose(run)
  const [state, now] = [store.state(), node.system.now()]
  const decision = decide({ proposal, request: run, state, quarantine, now })
  progress.warnings.push(...decision.warnings)
  if (decision.first.length > 0) await store.save(...decision.first)
  return proposal.from === 'remote' && mayYield
    ? attemptEach(decision, { ...run, newer: newerThan(proposal.fetched, source) })
    : attemptEach(decision, run)
}

/** Pulls and judges the newest commit, unless an operator or drift has a release enforced. */
async function propose(run: RepoRun): Promise<Proposal> {
  const { rollBackTo: target, cause, source, store, quarantine } = run
  if (target !== null) {
    return { from: 'operator', target, newest: await findNewest(run), ref: refName(source) }
  }
  const state = store.state()
  const due = cause === 'drift' ? (state.pinned ?? inForce(state, quarantine)) : null
  if (due !== null) return { from: 'drift', due }
  const fetched = await pull(run)
  const { events, ...judged } = await judge(fetched, run)
  store.record(...events)
  return { from: 'remote', fetched, ...judged }
}

/** In turn, until one comes into force; then all that is to be remembered is saved. */
async function attemptEach(decision: Decision, run: RepoRun): Promise<Attempted> {
  const { verdict, attempts, about } = decision
  const ends: Attempted[] = verdict === null ? [] : [verdict]
  for (const one of attempts) {
    const isFirst = one === attempts[0]
    if (!isFirst) {
      run.on({ type: 'step', message: `enforcing ${name(one.target)}, which stays in force` })
    }
    const end = await attempt(one, run)
    // All of this is decided on anew
    if (end.newer !== undefined && isFirst) return end
    ends.push(end)
    if (isGood(end.outcome)) break
  }
  if (isCounted(run)) await tidyMirror(run.source, keptCommits(run.store.state()))
  const isInForce = ends.some(({ outcome }) => isGood(outcome))
  await saveAll(isInForce, run)
  if (about !== null) {
    run.progress.commit = about.commit
    run.progress.subject = about.subject
  }
  return ends.reduce(combineEnds)
}

/** A full disk must not hide what went wrong before; where nothing did, it is what went wrong. */
async function saveAll(isInForce: boolean, run: Run): Promise<void> {
  try {
    await run.store.save()
  } catch (error) {
    const isWrong = isInForce && isCounted(run)
    if (isWrong || !(error instanceof LocalError)) throw error
    run.progress.warnings.push(warnOfUnsaved(error))
  }
}
