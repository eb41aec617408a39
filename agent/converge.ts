import { recover } from './apply/recover.ts'
import { checkOnly, transact } from './apply/transaction.ts'
import type { TransactionInput, TransactionResult } from './apply/transaction.ts'
import { loadConfig } from './config.ts'
import type { AgentConfig } from './config.ts'
import { CommitError, formatProblem, LocalError } from './errors.ts'
import { createFactLoader } from './facts/facts.ts'
import { ownName } from './facts/own-name.ts'
import { createGate } from './health/gate.ts'
import { identify } from './inventory/identity.ts'
import type { Vars } from './inventory/inventory.ts'
import { loadInventory } from './inventory/load.ts'
import type { Paths } from './paths.ts'
import { isWholeRun } from './plan/plan.ts'
import type { TagChoice } from './plan/plan.ts'
import { checkNode } from './node-checks/check-node.ts'
import { checkPreflight } from './preflight/check-preflight.ts'
import { parseRemote } from './preflight/remote.ts'
import { closingSentence, endOfError } from './report/closing.ts'
import { appendHistory } from './report/history.ts'
import type { Listener, Report } from './report/report.ts'
import { loadState, saveState } from './report/state.ts'
import type { State } from './report/state.ts'
import { kinds } from './resources/index.ts'
import { loadDesired } from './roles/load-desired.ts'
import { createRoleLoader } from './roles/load-role.ts'
import { checkOutRelease } from './source/check-out-release.ts'
import { findConfigTree } from './source/config-tree.ts'
import { fetchCommit } from './source/fetch-commit.ts'
import { lock } from './system/lock.ts'
import type { System } from './system/system.ts'

/** What a person or the schedule asks of one run. */
export interface Request {
  readonly mode: 'converge' | 'plan'
  /** A folder instead of the remote (`-i`): never counts as an applied commit. */
  readonly folder: string | null
  readonly choice: TagChoice
  readonly extraVars: Vars
}

/** The machine that a run works on. */
export interface Node {
  readonly paths: Paths
  readonly system: System
}

/** What is known so far, for the report of a run that ends early. */
interface Progress {
  node: string | null
  commit: string | null
  subject: string | null
  readonly warnings: string[]
}

/**
 * One run. Never throws for what can go wrong with commit, node or network: the report says it, and is
 * written in this one place.
 */
export async function converge(request: Request, node: Node, on: Listener): Promise<Report> {
  const start = performance.now()
  const startedAt = new Date(node.system.now()).toISOString()
  const progress: Progress = { node: null, commit: null, subject: null, warnings: [] }
  const ended = await run(request, node, on, progress).catch(endOfError)
  const report: Report = {
    ...progress,
    mode: request.mode,
    startedAt,
    duration: performance.now() - start,
    outcome: ended.outcome,
    results: ended.results,
    message: 'message' in ended ? ended.message : closingSentence(ended, progress),
    exitCode: ended.exitCode,
  }
  if (request.mode === 'plan' || ended.outcome === 'held') return report
  try {
    await appendHistory(report, node)
    return report
  } catch (error) {
    // A full disk must not hide what the run did.
    if (!(error instanceof LocalError)) throw error
    return { ...report, warnings: [...report.warnings, error.message] }
  }
}

async function run(
  request: Request,
  { paths, system }: Node,
  on: Listener,
  progress: Progress,
): Promise<TransactionResult> {
  const config = await readConfig(request, paths, system)
  const unlock = await lock(paths, request.mode, system)
  try {
    const recovered = request.mode === 'plan' ? null : await recover(paths, system, on)
    if (recovered !== null) progress.warnings.push(recovered)
    const state = await loadState(paths, system)
    const folder = request.folder ?? (await pull(config, state, paths, on, progress))
    const tree = await findConfigTree(folder, system)
    const inventory = await loadInventory(tree.inventory, tree.root, system)
    progress.warnings.push(...inventory.warnings.map(formatProblem))
    const self = identify(inventory, { node: config?.node, ...(await ownName(system)) })
    progress.node = self

    const { extraVars, choice } = request
    const source = {
      inventory,
      extraVars,
      loadRole: createRoleLoader({ own: tree.roles, builtIn: paths.builtInRoles }, system),
      loadFacts: createFactLoader(system),
      kinds,
    }
    const desired = await loadDesired(self, source)
    const preflight = { ...source, repo: config?.repo ?? null, isThisNode: true }
    progress.warnings.push(...(await checkPreflight(desired, preflight)))

    let { owned } = state
    const warn = (sentence: string): void => void progress.warnings.push(sentence)
    const remote = config === null || request.folder !== null ? null : parseRemote(config.repo)
    const input: TransactionInput = {
      desired,
      owned,
      kinds,
      choice,
      system,
      on,
      paths,
      commit: progress.commit,
      checkNode: async (changing) => {
        const found = await checkNode({ desired, changing }, system)
        found.warnings.forEach(warn)
        if (found.problems.length > 0) throw new CommitError(found.problems)
      },
      gate: createGate(desired, remote, system, warn),
      remember: async (now) => {
        owned = now
        await saveState({ ...state, owned }, paths, system)
      },
    }
    if (request.mode === 'plan') return await checkOnly(input)
    const ended = await transact(input)
    if (countsAsApplied(request)) {
      const now = recordRun({ ...state, owned }, ended, progress, system.now())
      await saveState(now, paths, system)
    }
    return ended
  } finally {
    unlock()
  }
}

/** A run over a folder works on machines that have no agent.yml, too. */
async function readConfig(
  request: Request,
  paths: Paths,
  system: System,
): Promise<AgentConfig | null> {
  const isNeeded = request.folder === null || (await system.stat(paths.config)) !== null
  return isNeeded ? loadConfig(paths.config, system) : null
}

/** A run over a folder, a part of the tasks or with other variables says nothing about the commit. */
function countsAsApplied(request: Request): boolean {
  return request.folder === null && isWholeRun(request.choice) && request.extraVars.size === 0
}

function recordRun(
  state: State,
  ended: TransactionResult,
  { commit, subject }: Progress,
  now: number,
): State {
  if (commit === null) return state
  const at = new Date(now).toISOString()
  const attempted = { commit, at, outcome: ended.outcome }
  if (ended.outcome === 'failed' || ended.outcome === 'rolled-back') {
    return { ...state, attempted }
  }
  const isNew = state.applied?.commit !== commit
  return {
    ...state,
    attempted,
    applied: isNew ? { commit, at, subject: subject ?? '' } : state.applied,
  }
}

/**
 * Fetches the newest commit and checks it out. While the remote is out of reach, the commit that was
 * applied last stays in force.
 */
async function pull(
  config: AgentConfig | null,
  state: State,
  paths: Paths,
  on: Listener,
  progress: Progress,
): Promise<string> {
  if (config === null) throw new Error('a run without -i needs agent.yml')
  const source = { ...config, folder: paths.state }
  on({ type: 'step', message: `asking ${config.repo} for ${config.branch}` })
  const fetched = await fetchCommit(source)
  if (fetched.rebuilt !== undefined) progress.warnings.push(fetched.rebuilt)
  const { commit, subject } = fetched.reachable ? fetched : (state.applied ?? fetched)
  if (fetched.problem !== undefined) {
    const inForce = `${commit.slice(0, 8)} "${subject}" stays in force`
    progress.warnings.push(`${fetched.problem}; ${inForce}`)
  }
  progress.commit = commit
  progress.subject = subject
  return checkOutRelease(source, commit, {
    applied: state.applied?.commit ?? null,
    note: (sentence) => progress.warnings.push(sentence),
  })
}
