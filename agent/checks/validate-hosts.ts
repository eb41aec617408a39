import { createMask, maskError } from '../diagnostics/mask.ts'
import { createFactLoader } from '../facts/facts.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { kinds } from '../resources/index.ts'
import { loadDesired } from '../roles/load-desired.ts'
import { createRoleLoader } from '../roles/load-role.ts'
import type { ConfigTree } from '../source/config-tree.ts'
import { CommitError, exitCode, formatProblem } from '../system/errors.ts'
import type { ExitCode } from '../system/errors.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'
import type { TreeFiles } from '../system/tree-files.ts'
import { checkPreflight } from './desired/check-preflight.ts'

/**
 * Renders every host of a config repo and checks it, as far as that needs no node.
 * @param print gets a line at a time
 */
export async function validateHosts(
  { tree, inventory }: { readonly tree: ConfigTree; readonly inventory: Inventory },
  {
    paths,
    system,
    tree: files = system,
  }: { readonly paths: Paths; readonly system: System; readonly tree?: TreeFiles },
  print: (line: string) => void,
): Promise<ExitCode> {
  const source = {
    inventory,
    extraVars: new Map(),
    loadRole: createRoleLoader({ own: tree.roles, builtIn: paths.builtInRoles }, files),
    loadFacts: createFactLoader(system),
    kinds,
    repo: null,
    isThisNode: false,
  }
  for (const warning of inventory.warnings) print(`warning: ${warning.text}`)
  let refused = 0
  for (const host of inventory.hosts) {
    let secrets: readonly string[] = []
    try {
      const desired = await loadDesired(host, source)
      secrets = desired.secrets
      const warnings = await checkPreflight(desired, source)
      print(`ok: ${host} (${desired.resources.length} resources)`)
      for (const warning of warnings) print(`  warning: ${createMask(secrets)(warning.text)}`)
    } catch (error) {
      if (!(error instanceof CommitError)) throw error
      refused += 1
      print(`refused: ${host}`)
      const { problems } = maskError(error, secrets)
      for (const problem of problems) print(`  ${formatProblem(problem)}`)
    }
  }
  const { length } = inventory.hosts
  print(
    refused === 0 ? `${length} hosts are fine.` : `${refused} of ${length} hosts would be refused.`,
  )
  return refused === 0 ? exitCode.ok : exitCode.refused
}
