import { checkOnly, transact } from './apply/transaction.ts'
import type { TransactionInput, TransactionResult } from './apply/transaction.ts'
import type { Run } from './converge.ts'
import { CommitError, exitCode, formatProblem, LocalError } from './errors.ts'
import { createFactLoader } from './facts/facts.ts'
import { ownName } from './facts/own-name.ts'
import { createGate } from './health/gate.ts'
import { identify } from './inventory/identity.ts'
import { loadInventory } from './inventory/load.ts'
import { checkNode } from './node-checks/check-node.ts'
import { isWholeRun } from './plan/plan.ts'
import { checkPreflight } from './preflight/check-preflight.ts'
import { parseRemote } from './preflight/remote.ts'
import { makeProfile, saveProfile } from './profile.ts'
import type { Memory } from './report/memory.ts'
import { kinds } from './resources/index.ts'
import { loadDesired } from './roles/load-desired.ts'
import { createRoleLoader } from './roles/load-role.ts'
import { findConfigTree } from './source/config-tree.ts'

/**
 * Brings this node in line with a folder of desired state: its release, or the one of `-i`. In check mode,
 * lists what that would change.
 * @param commit that the folder holds; null for the one of `-i`
 * @throws CommitError, UsageError or LocalError before anything was touched
 */
export async function bringInLine(
  folder: string,
  commit: string | null,
  memory: Memory,
  { request, node: { paths, system }, config, newer, on, progress }: Run,
): Promise<TransactionResult> {
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

  const warn = (sentence: string): void => void progress.warnings.push(sentence)
  const remote = config === null || commit === null ? null : parseRemote(config.repo)
  const input: TransactionInput = {
    desired,
    owned: memory.state().owned,
    kinds,
    choice,
    system,
    on,
    paths,
    commit,
    checkNode: async (changing) => {
      const found = await checkNode({ desired, changing }, system)
      found.warnings.forEach(warn)
      if (found.problems.length > 0) throw new CommitError(found.problems)
    },
    gate: createGate(desired, { remote, newer, warn, on, system }),
    remember: (owned) => memory.update((state) => ({ ...state, owned })),
  }
  if (request.mode === 'plan') return checkOnly(input)
  const result = await transact(input)
  if (result.exitCode === exitCode.ok && isWholeRun(choice)) {
    progress.profile = makeProfile(desired, remote)
    await saveProfile(progress.profile, paths, system).catch(warnOfNode(warn))
  }
  return result
}

/** What was changed has passed: a full disk must not make a failure of it. */
function warnOfNode(warn: (sentence: string) => void): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof LocalError)) throw error
    warn(error.message)
  }
}
