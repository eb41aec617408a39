import { warn } from '../diagnostics/warning.ts'
import { combineEnds } from '../report/closing.ts'
import type { Ended } from '../report/closing.ts'
import { fetchCommit } from '../source/fetch-commit.ts'
import type { Fetched } from '../source/fetch-commit.ts'
import { readMirror } from '../source/mirror.ts'
import { findRelation } from '../source/relation.ts'
import { askRemote } from '../source/remote.ts'
import { refName } from '../source/source-config.ts'
import type { SourceConfig } from '../source/source-config.ts'
import { inForce, name } from '../store/good-release.ts'
import type { Memory } from '../store/memory.ts'
import { loadQuarantine } from '../store/quarantine.ts'
import type { Quarantine } from '../store/quarantine.ts'
import type { Pin, Refused, Release } from '../store/state.ts'
import { exitCode, LocalError, UsageError } from '../system/errors.ts'
import { attempt, isCounted, isGood, isWhole } from './attempt.ts'
import type { Attempted } from './attempt.ts'
import { chooseCommit } from './choose-commit.ts'
import type { Choice } from './choose-commit.ts'
import { judgeNewest, recordFollowed } from './judge-newest.ts'
import type { Run } from './run.ts'

/** How often in one run a newer commit may take the place of the one under way. */
const mostNewer = 3

/** Seconds: nobody waits for the answer, and the gate takes 20. */
const patience = 10

/**
 * Brings this node in line with the commit that is due, or the one that a person goes back to. A commit that
 * comes while the health gate sees faults goes first, in the same run.
 */
export async function followBranch(memory: Memory, run: Run): Promise<Ended> {
  const { request, node, config } = run
  if (config === null) throw new Error('a run without -i needs agent.yml')
  const source = { ...config, folder: node.paths.state }
  const { rollBackTo } = request
  if (rollBackTo !== null) {
    const quarantine = await loadQuarantine(node.paths, node.system)
    return goBack(rollBackTo, quarantine, source, memory, run)
  }
  let ended = await follow(source, memory, run, true)
  for (let left = mostNewer; ended.newer !== undefined; left--) {
    run.on({
      type: 'step',
      message: `going on with ${ended.newer.slice(0, 8)}, which came meanwhile`,
    })
    const next = await follow(source, memory, run, left > 1)
    const results = [...ended.results, ...next.results]
    ended = { ...next, results, message: `${ended.message}\n${next.message}` }
  }
  return ended
}

/**
 * Brings this node in line with the commit that is due. When that can't be, for whatever reason, the last
 * good release is enforced in the same run: a bad commit must not keep drift from being repaired.
 * @param mayYield whether a newer commit may take its place
 */
async function follow(
  source: SourceConfig,
  memory: Memory,
  given: Run,
  mayYield: boolean,
): Promise<Attempted> {
  const { request, node } = given
  const quarantine = await loadQuarantine(node.paths, node.system)
  const due = request.cause === 'drift' ? inForceHere(memory, quarantine) : null
  if (due !== null) {
    const tried = await attempt(due, false, source, memory, given)
    return fallBack(tried, due.commit, quarantine, source, memory, given)
  }

  const good = inForce(memory.state(), quarantine)
  const fetched = await pull(source, good, given)
  const run = mayYield ? { ...given, newer: () => askNewer(source, fetched) } : given
  // Out of reach, it is only put in force where nothing else is
  const isDue = fetched.reachable || good === null
  const refused = isDue ? await judgeNewest(fetched, source, memory, run) : null
  const pinned = await pinThatHolds(fetched, refused, source, memory, run)
  const choice = chooseCommit({
    fetched,
    state: memory.state(),
    pinned,
    refused,
    quarantine,
    isScheduled: request.cause !== 'person',
    now: node.system.now(),
  })
  if (fetched.problem !== undefined) {
    const rest = choice.commit === null ? '' : `; ${name(choice.commit)} stays in force`
    run.progress.warnings.push(warn('remote-unreachable', `${fetched.problem}${rest}`))
  }
  if (choice.commit === null) return endOfChoice(choice)
  const stays = choice.refused || choice.waits
  const tried = await attempt(choice.commit, stays, source, memory, run)
  if (tried.newer !== undefined) return tried
  const ended = await fallBack(tried, choice.commit.commit, quarantine, source, memory, run)
  if (!stays) {
    const isNewest = choice.commit.commit === fetched.commit && isDue
    if (isNewest && isGood(tried.outcome) && isCounted(request)) {
      const followed = recordFollowed(memory.state(), fetched, node.system.now())
      if (followed !== memory.state()) await memory.update(() => followed)
    }
    return { ...ended, message: join(choice.sentence, ended.message) }
  }
  // It is the newest commit that the report is about
  run.progress.commit = fetched.commit
  run.progress.subject = fetched.subject
  return combineEnds(endOfChoice(choice), ended)
}

/** A commit other than the newest one that this run knows. */
async function askNewer(source: SourceConfig, fetched: Fetched): Promise<string | null> {
  const { commit } = await askRemote({ ...source, timeout: Math.min(source.timeout, patience) })
  return commit === fetched.commit ? null : commit
}

/** What a person has chosen, or else what this node was last in line with. */
function inForceHere(memory: Memory, quarantine: Quarantine): Release | null {
  const state = memory.state()
  return state.pinned ?? inForce(state, quarantine)
}

/** A remote that is out of reach, with nothing fetched from it, is excused where a release is in force. */
async function pull(
  source: SourceConfig,
  good: Release | null,
  { on, progress, hasten }: Run,
): Promise<Fetched> {
  on({ type: 'step', message: `asking ${source.repo} for ${refName(source)}` })
  try {
    const fetched = await fetchCommit(source, { hasten })
    if (fetched.rebuilt !== undefined) {
      progress.warnings.push(warn('mirror-rebuilt', fetched.rebuilt))
    }
    return fetched
  } catch (error) {
    if (!(error instanceof LocalError) || good === null) throw error
    const { commit, subject } = good
    const unknown = { author: '', date: '' }
    return { commit, subject, ...unknown, reachable: false, moved: false, problem: error.message }
  } finally {
    on({ type: 'asked' })
  }
}

/** A pin goes once the branch has moved on: to anything but an older commit, or one that is refused. */
async function pinThatHolds(
  { commit, reachable }: Fetched,
  refused: Refused | null,
  source: SourceConfig,
  memory: Memory,
  { request }: Run,
): Promise<Pin | null> {
  const { pinned } = memory.state()
  if (pinned === null || commit === pinned.from || refused !== null || !reachable) return pinned
  const relation = await findRelation(source, commit, pinned.from).catch(unlessLocal)
  if (relation === 'older' || relation === null) return pinned
  if (request.mode !== 'plan') await memory.update((state) => ({ ...state, pinned: null }))
  return null
}

/** The way back that a person has chosen. Does not need the remote, which may be what is down. */
async function goBack(
  target: Release,
  quarantine: Quarantine,
  source: SourceConfig,
  memory: Memory,
  run: Run,
): Promise<Ended> {
  const before = memory.state()
  if (before.applied === null) throw new UsageError('no release was applied on this node yet')
  const mirror = await readMirror(source)
  const from = mirror.state === 'whole' ? mirror.tip.commit : before.applied.commit
  const isNewest = target.commit === from
  const { commit, subject } = target
  const at = new Date(run.node.system.now()).toISOString()
  const pinned = isNewest ? null : { commit, subject, at, from }
  // Before the change: a run that is cut short is to go on with it
  await memory.update((state) => ({ ...state, pinned }))
  const tried = await attempt(target, false, source, memory, run)
  if (isGood(tried.outcome)) {
    const next = isNewest
      ? `That is the newest commit of ${refName(source)}, which this node follows again.`
      : `It stays until ${refName(source)} moves on from ${from.slice(0, 8)}; "evenkeel rollback ${from.slice(0, 8)}" ends that.`
    return { ...tried, message: `${tried.message}\n${next}` }
  }
  await memory.update((state) => ({ ...state, pinned: before.pinned }))
  return fallBack(tried, commit, quarantine, source, memory, run)
}

/** Enforces the last good release where a commit did not come into force. */
async function fallBack(
  tried: Ended,
  commit: string,
  quarantine: Quarantine,
  source: SourceConfig,
  memory: Memory,
  run: Run,
): Promise<Ended> {
  const good = inForce(memory.state(), quarantine)
  if (isGood(tried.outcome) || good === null || good.commit === commit) return tried
  if (!isWhole(run.request)) return tried
  run.on({ type: 'step', message: `enforcing ${name(good)}, which stays in force` })
  const { subject } = run.progress
  const second = await attempt(good, true, source, memory, run)
  run.progress.commit = commit
  run.progress.subject = subject
  return combineEnds(tried, second)
}

function unlessLocal(error: unknown): null {
  if (!(error instanceof LocalError)) throw error
  return null
}

function endOfChoice({ sentence, refused }: Choice): Ended {
  const message = sentence ?? ''
  return refused
    ? { outcome: 'refused', exitCode: exitCode.refused, results: [], message }
    : { outcome: 'held', exitCode: exitCode.held, results: [], message }
}

function join(first: string | null, second: string): string {
  return first === null ? second : `${first}\n${second}`
}
