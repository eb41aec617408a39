import { hostname } from 'node:os'
import { checkOnly, transact } from './apply/transaction.ts'
import type { TransactionInput, TransactionResult } from './apply/transaction.ts'
import type { AgentConfig } from './config.ts'
import { CommitError, exitCode, exitCodeOf, formatProblem, HeldError, UsageError } from './errors.ts'
import { ownName } from './facts/own-name.ts'
import { identify } from './inventory/identity.ts'
import type { Vars } from './inventory/inventory.ts'
import { loadInventory } from './inventory/load.ts'
import type { Paths } from './paths.ts'
import type { TagChoice } from './plan/plan.ts'
import { checkPreflight } from './preflight/check-preflight.ts'
import { appendHistory } from './report/history.ts'
import { countResults } from './report/report.ts'
import type { Listener, Outcome, Report } from './report/report.ts'
import { loadState, saveState } from './report/state.ts'
import { kinds } from './resources/index.ts'
import { loadDesired } from './roles/load-desired.ts'
import { findConfigTree } from './source/config-tree.ts'
import { pull } from './source/pull.ts'
import type { Release } from './source/pull.ts'
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

/** The node that a run works on. */
export interface Node {
  /** null with `-i` on a machine that has no agent.yml. */
  readonly config: AgentConfig | null
  readonly paths: Paths
  readonly system: System
}

/** Runs and tells how it went. Whatever goes wrong is in the report, which is written in this one place. */
export async function converge(request: Request, node: Node, on: Listener): Promise<Report> {
  const start = performance.now()
  const progress: Progress = { node: null, release: null, warnings: [] }
  const startedAt = new Date(node.system.now()).toISOString()
  const ended = await run(request, node, on, progress).catch((error: unknown) => toEnd(error))
  const report: Report = {
    node: progress.node,
    mode: request.mode,
    commit: progress.release?.commit ?? null,
    subject: progress.release?.subject ?? null,
    startedAt,
    duration: performance.now() - start,
    outcome: ended.outcome,
    results: ended.results,
    warnings: progress.warnings,
    message: ended.message ?? closing(ended, request, progress),
    exitCode: ended.exitCode,
  }
  if (request.mode === 'converge' && ended.outcome !== 'held') {
    await appendHistory(report, node)
  }
  return report
}

/** What is known so far, for the report of a run that ends early. */
interface Progress {
  node: string | null
  release: Release | null
  readonly warnings: string[]
}

interface End extends TransactionResult {
  /** An error's sentence. */
  readonly message?: string
}

async function run(
  request: Request,
  node: Node,
  on: Listener,
  progress: Progress,
): Promise<End> {
  const { system, paths, config } = node
  const release = await lock(paths, request.mode, system)
  const state = await loadState(paths, system)

  const folder = request.folder ?? (await pulled())
  const tree = await findConfigTree(folder, system)
  const inventory = await loadInventory(tree.inventory, tree.root, system)
  progress.node = identify(inventory, { node: config?.node, ...(await ownName(system)) })
  const source = {
    tree,
    inventory,
    extraVars: request.extraVars,
    builtInRoles: paths.builtInRoles,
    kinds,
    system,
  }
  const desired = await loadDesired(progress.node, source)
  progress.warnings.push(...inventory.warnings.map(formatProblem))
  progress.warnings.push(...(await checkPreflight(desired, source, config?.repo ?? null)))

  const input: TransactionInput = {
    desired,
    owned: state.owned,
    kinds,
    choice: request.choice,
    prune: true,
    folder: paths.state,
    system,
    on,
    remember: (owned) => saveState({ ...state, owned }, paths, system),
  }
  return request.mode === 'plan' ? checkOnly(input) : transact(input)

  async function pulled(): Promise<string> {
    throw new Error()
  }
}
