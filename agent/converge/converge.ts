import { readJournal } from '../apply/journal.ts'
import { recover } from '../apply/recover.ts'
import { loadConfig } from '../config/config.ts'
import type { AgentConfig } from '../config/config.ts'
import { distinct, warn } from '../diagnostics/warning.ts'
import { closingSentence, endOfError } from '../report/closing.ts'
import type { Ended } from '../report/closing.ts'
import { countResults } from '../report/report.ts'
import type { Listener, Report } from '../report/report.ts'
import { appendHistory } from '../store/history.ts'
import { openMemory } from '../store/memory.ts'
import type { Memory } from '../store/memory.ts'
import { LocalError, LockedError, UsageError } from '../system/errors.ts'
import { lock } from '../system/lock.ts'
import { bringInLine } from './bring-in-line.ts'
import { followBranch } from './follow-branch.ts'
import { heedDisabled } from './heed-disabled.ts'
import { recordCut } from './record-run.ts'
import type { Node, Progress, Request, Run, RunEnd } from './run.ts'

/**
 * One run. Never throws for what can go wrong with commit, node or network: the report says it, and is
 * written in this one place.
 * @param hasten aborted once this node can't wait for the remote any more: what was fetched before counts then
 */
export async function converge(
  request: Request,
  node: Node,
  on: Listener,
  hasten?: AbortSignal,
): Promise<RunEnd> {
  const start = performance.now()
  const startedAt = new Date(node.system.now()).toISOString()
  const progress: Progress = {
    node: null,
    commit: null,
    subject: null,
    warnings: [],
    profile: null,
  }
  let isLocked = false
  const ended = await run(request, node, on, progress, hasten).catch((error: unknown) => {
    isLocked = error instanceof LockedError
    return endOfError(error)
  })
  const { outcome, exitCode, results, message, problems = [] } = ended
  const { profile, warnings, ...about } = progress
  const report: Report = {
    ...about,
    warnings: distinct(warnings),
    problems,
    mode: request.mode,
    startedAt,
    duration: performance.now() - start,
    outcome,
    results,
    message,
    exitCode,
  }
  if (!isWorthHistory(report)) return { report, profile, isLocked }
  try {
    await appendHistory(report, node, request.cause)
    return { report, profile }
  } catch (error) {
    // A full disk must not hide what the run did.
    if (!(error instanceof LocalError)) throw error
    const unwritten = warn('state-unwritten', error.message)
    return { report: { ...report, warnings: [...report.warnings, unwritten] }, profile }
  }
}

async function run(
  request: Request,
  node: Node,
  on: Listener,
  progress: Progress,
  hasten: AbortSignal | undefined,
): Promise<Ended> {
  const { paths, system } = node
  const config = await readConfig(request, node, progress)
  const unlock = await lock(paths, request.mode, system)
  try {
    const memory = await takeUp(request, node, on, progress)
    await heedDisabled(request, node, progress)
    const all: Run = { request, node, config, on, progress, hasten }
    const { folder } = request
    if (folder === null) return await followBranch(memory, all)
    const ended = await bringInLine(async () => folder, null, memory, all)
    return { ...ended, message: closingSentence(ended, progress) }
  } finally {
    unlock()
  }
}

/** First of all, what an earlier run has left behind comes to its end. */
async function takeUp(
  { mode }: Request,
  { paths, system }: Node,
  on: Listener,
  progress: Progress,
): Promise<Memory> {
  if (mode === 'plan') return openMemory(paths, system)
  const journal = await readJournal(paths, system)
  const recovered = await recover(paths, system, on)
  if (recovered !== null) progress.warnings.push(recovered)
  const memory = await openMemory(paths, system)
  if (memory.state().attempted?.outcome === 'begun') {
    const passed = journal?.phase === 'passed' ? journal.commit : null
    await memory.update((state) => recordCut(state, passed, system.now()))
  }
  return memory
}

/** A run over a folder works on machines that have no agent.yml, too. */
async function readConfig(
  { folder, lastConfig }: Request,
  { paths, system }: Node,
  progress: Progress,
): Promise<AgentConfig | null> {
  if (folder !== null && (await system.stat(paths.config)) === null) return null
  try {
    return await loadConfig(paths.config, system)
  } catch (error) {
    if (lastConfig === undefined || !(error instanceof UsageError)) throw error
    progress.warnings.push(
      warn('config-wrong', `${error.message}; what it said before stays in force`),
    )
    return lastConfig
  }
}

/** A run that was held has mostly done nothing. */
function isWorthHistory({ mode, outcome, results }: Report): boolean {
  const { changed, failed } = countResults(results)
  return mode !== 'plan' && (outcome !== 'held' || changed + failed > 0)
}
