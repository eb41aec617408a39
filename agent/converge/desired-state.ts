import { checkPreflight } from '../checks/desired/check-preflight.ts'
import { noteFactsRead } from '../facts/facts-read.ts'
import type { FactsRead } from '../facts/facts-read.ts'
import { createFactLoader } from '../facts/facts.ts'
import type { LoadFacts } from '../facts/facts.ts'
import { ownName } from '../facts/own-name.ts'
import { identify } from '../inventory/identity.ts'
import type { NodeNames } from '../inventory/identity.ts'
import { loadInventory } from '../inventory/load.ts'
import { kinds } from '../resources/index.ts'
import { loadDesired } from '../roles/load-desired.ts'
import { createRoleLoader } from '../roles/load-role.ts'
import type { BuiltInRoles } from '../roles/load-role.ts'
import { findConfigTree } from '../source/config-tree.ts'
import { parseRemote } from '../source/remote-address.ts'
import { makeProfile } from '../store/profile.ts'
import { createDesiredCache } from './desired-cache.ts'
import type { DesiredState } from './desired-cache.ts'
import type { Run } from './run.ts'

/** The release in force and a newer one that fails, and one that both are about to be replaced by. */
const kept = 3

/**
 * Works out what a folder asks of this node: inventory, facts, roles, preflight. For the same commit, names,
 * variables and values of the facts that were used, the result is the same: then one that is in the cache is
 * taken, and nothing is checked out, read or rendered. Facts are read each time.
 * @param checkOut gives the folder
 * @param commit that the folder holds; null for the one of `-i`, which may change at any time
 * @throws CommitError or UsageError
 */
export async function loadDesiredState(
  checkOut: () => Promise<string>,
  commit: string | null,
  run: Run,
): Promise<DesiredState> {
  const { request, node, config, progress } = run
  const { system, cache = createDesiredCache() } = node
  const loadFacts = createFactLoader(system, cache.gatherFacts)
  const names = { node: config?.node, ...(await ownName(system)) }
  const variables = [...request.extraVars].map(([name, { value }]) => [name, value])
  const key = JSON.stringify([commit, config?.repo, names, variables])

  const known = commit === null ? undefined : cache.entries.get(key)
  const isSame = known !== undefined && (await loadFacts((facts) => known.read.areSame(facts)))
  cache.entries.delete(key)
  const entry = isSame
    ? known
    : await workOut(await checkOut(), commit, names, loadFacts, cache.builtInRoles, run)
  if (commit !== null) {
    for (const old of [...cache.entries.keys()].slice(0, 1 - kept)) cache.entries.delete(old)
    cache.entries.set(key, entry)
  }
  // Whatever was in line since, it was in line with something else
  for (const [other, { state }] of cache.entries) if (other !== key) state.last.inLine = null
  progress.node = entry.state.desired.host
  if (isSame) progress.warnings.push(...entry.state.warnings)
  return entry.state
}

/** What is known is told to `progress` at once: an error may come behind it. */
async function workOut(
  folder: string,
  commit: string | null,
  names: NodeNames,
  loadFacts: LoadFacts,
  kept: BuiltInRoles,
  { request, node: { paths, system }, config, progress }: Run,
): Promise<{ readonly state: DesiredState; readonly read: FactsRead }> {
  const tree = await findConfigTree(folder, system)
  const inventory = await loadInventory(tree.inventory, tree.root, system)
  const { warnings } = inventory
  progress.warnings.push(...warnings)
  const self = identify(inventory, names)
  progress.node = self

  const read = noteFactsRead()
  const source = {
    inventory,
    extraVars: request.extraVars,
    loadRole: createRoleLoader({ own: tree.roles, builtIn: paths.builtInRoles }, system, kept),
    loadFacts: <T>(render: Parameters<typeof loadFacts<T>>[0]) =>
      loadFacts((facts) => render(read.watch(facts))),
    kinds,
  }
  const desired = await loadDesired(self, source)
  const preflight = { ...source, repo: config?.repo ?? null, isThisNode: true }
  const found = await checkPreflight(desired, preflight)
  progress.warnings.push(...found)
  const remote = config === null || commit === null ? null : parseRemote(config.repo)
  const profile = makeProfile(desired, remote)
  return {
    state: { desired, profile, warnings: [...warnings, ...found], last: { inLine: null } },
    read,
  }
}
