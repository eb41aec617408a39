import { CommitError, exitCode, formatProblem } from '../errors.ts'
import { openTree } from './open-tree.ts'
import type { Verb } from './verb.ts'

/** `evenkeel validate DIR`: every host of a config repo rendered and checked, for its CI. */
export function addValidate({ program, node, end }: Verb): void {
  program
    .command('validate')
    .argument('<dir>', 'a config repo, or its inventory folder')
    .description('render every host of a config repo and check it; needs no node and no root')
    .action(async (folder: string) => {
      const { tree, inventory } = await openTree(folder, node)
      const { loadDesired } = await import('../roles/load-desired.ts')
      const { checkPreflight } = await import('../preflight/check-preflight.ts')
      const { kinds } = await import('../resources/index.ts')
      const source = {
        tree,
        inventory,
        extraVars: new Map(),
        builtInRoles: node.paths.builtInRoles,
        kinds,
        system: node.system,
        repo: null,
        isThisNode: false,
      }
      let refused = 0
      for (const host of inventory.hosts) {
        try {
          const desired = await loadDesired(host, source)
          const warnings = await checkPreflight(desired, source)
          process.stdout.write(`ok: ${host} (${desired.resources.length} resources)\n`)
          for (const warning of warnings) process.stdout.write(`  warning: ${warning}\n`)
        } catch (error) {
          if (!(error instanceof CommitError)) throw error
          refused += 1
          process.stdout.write(`refused: ${host}\n`)
          for (const problem of error.problems) {
            process.stdout.write(`  ${formatProblem(problem)}\n`)
          }
        }
      }
      process.stdout.write(
        refused === 0
          ? `${inventory.hosts.length} hosts are fine.\n`
          : `${refused} of ${inventory.hosts.length} hosts would be refused.\n`,
      )
      end(refused === 0 ? exitCode.ok : exitCode.refused)
    })
}
