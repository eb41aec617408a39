import { checkPreflight } from '../checks/desired/check-preflight.ts'
import { warn } from '../diagnostics/warning.ts'
import { noteFactsRead } from '../facts/facts-read.ts'
import type { FactsRead } from '../facts/facts-read.ts'
import { createFactLoader } from '../facts/facts.ts'
import type { LoadFacts } from '../facts/facts.ts'
import { ownName } from '../facts/own-name.ts'
import { recallFacts, sayLostFact } from '../facts/recall-facts.ts'
import { identify } from '../inventory/identity.ts'
import type { NodeNames } from '../inventory/identity.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { loadInventory } from '../inventory/load.ts'
import { kinds } from '../resources/index.ts'
import { loadDesired } from '../roles/load-desired.ts'
import { createRoleLoader } from '../roles/load-role.ts'
import type { BuiltInRoles } from '../roles/load-role.ts'
import { findConfigTree } from '../source/config-tree.ts'
import { parseRemote } from '../source/remote-address.ts'
import type { Remote } from '../source/remote-address.ts'
import { loadProfile, makeProfile } from '../store/profile.ts'
import { loadUsedFacts, usedFactsFile } from '../store/used-facts.ts'
import { CommitError } from '../system/errors.ts'
import { createDesiredCache } from './desired-cache.ts'
import type { DesiredState } from './desired-cache.ts'
import { readExtraVars } from './request.ts'
import type { Run } from './run.ts'

/** The release in force and a newer one that fails, and one that both are about to be replaced by. */
const kept = 3

/** What says a desired state: a commit of the config repo, or the folder of `-i`. */
export interface Checkout {
  /** null: a folder, which may change at any time. */
  readonly commit: string | null
  /** Gives the folder, made if need be. */
  open(): Promise<string>
}

/**
 * Works out what a folder asks of this node: inventory, facts, roles, preflight. For the same commit, names,
 * variables and values of the facts that were used, the result is the same: then one that is in the cache is
 * taken, and nothing is checked out, read or rendered. Facts are read each time; one that this node has lost since
 * the last good run counts as it was then.
 * @throws CommitError or UsageError
 */
export async function loadDesiredState(checkout: Checkout, run: Run): Promise<DesiredState> {
  const { commit } = checkout
  const { extraVars, node, config, progress } = run
  const { paths, system, cache = createDesiredCache() } = node
  const before = await loadUsedFacts(paths, system)
  const lost = new Set<string>()
  const onLost = (name: string): void => {
    if (lost.has(name)) return
    lost.add(name)
    progress.warnings.push(warn('fact-lost', sayLostFact(name, usedFactsFile(paths))))
  }
  const loadNow = createFactLoader(system, cache.gatherFacts)
  const loadFacts: LoadFacts = (render) =>
    loadNow((facts) => render(recallFacts(facts, before, onLost)))
  const names = { node: config?.node, ...(await ownName(system)) }
  const key = JSON.stringify([commit, config?.repo, names, extraVars])

  const known = commit === null ? undefined : cache.entries.get(key)
  const isSame = known !== undefined && (await loadFacts((facts) => known.read.areSame(facts)))
  cache.entries.delete(key)
  const entry = isSame ? known : await workOut(checkout, names, loadFacts, cache.builtInRoles, run)
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
  checkout: Checkout,
  names: NodeNames,
  loadFacts: LoadFacts,
  kept: BuiltInRoles,
  run: Run,
): Promise<{ readonly state: DesiredState; readonly read: FactsRead }> {
  const { node, config, progress } = run
  const { paths, system, tree: files = system } = node
  const tree = await findConfigTree(await checkout.open(), files)
  const inventory = await loadInventory(tree.inventory, tree.root, files)
  const { warnings } = inventory
  progress.warnings.push(...warnings)
  const self = await identifyAgain(inventory, names, node, progress)
  progress.node = self

  const read = noteFactsRead()
  const source = {
    inventory,
    extraVars: readExtraVars(run),
    loadRole: createRoleLoader({ own: tree.roles, builtIn: paths.builtInRoles }, files, kept),
    loadFacts: <T>(render: Parameters<typeof loadFacts<T>>[0]) =>
      loadFacts((facts) => render(read.watch(facts))),
    kinds,
  }
  const desired = await loadDesired(self, source)
  const preflight = { ...source, repo: config?.repo ?? null, isThisNode: true }
  const found = await checkPreflight(desired, preflight)
  progress.warnings.push(...found)
  const profile = makeProfile(desired, remoteOf(checkout, run))
  return {
    state: {
      desired,
      profile,
      warnings: [...warnings, ...found],
      facts: read.values(),
      last: { inLine: null },
    },
    read,
  }
}

/**
 * The inventory's host that this node is. A hostname that has become another one, as DHCP can make it, loses no
 * node that was known: it goes on as what it was at its last good run, and says so.
 */
async function identifyAgain(
  inventory: Inventory,
  names: NodeNames,
  { paths, system }: Run['node'],
  progress: Run['progress'],
): Promise<string> {
  try {
    return identify(inventory, names)
  } catch (error) {
    const before = names.node === undefined ? (await loadProfile(paths, system))?.self : undefined
    const isHost = before !== undefined && inventory.hostByName.has(before)
    if (!isHost || !(error instanceof CommitError)) throw error
    const remedy = `write "node: ${before}" in ${paths.config}, or give it its name back`
    const sentence = `${error.message}. It goes on as ${before}, which it was at its last good run: ${remedy}`
    progress.warnings.push(warn('hostname-lost', sentence))
    return before
  }
}

/** Where the config repo comes from; null for a folder. */
export function remoteOf({ commit }: Checkout, { config }: Run): Remote | null {
  return config === null || commit === null ? null : parseRemote(config.repo)
}
