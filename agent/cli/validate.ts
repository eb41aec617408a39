import { openTree } from './open-tree.ts'
import type { Verb } from './verb.ts'

/** `evenkeel validate DIR`: every host of a config repo rendered and checked, for its CI. */
export function addValidate({ program, node, end }: Verb): void {
  program
    .command('validate')
    .argument('<dir>', 'a config repo, or its inventory folder')
    .description('render every host of a config repo and check it; needs no node and no root')
    .action(async (folder: string) => {
      const { validateHosts } = await import('../checks/validate-hosts.ts')
      const opened = await openTree(folder, node)
      end(await validateHosts(opened, node, (line) => process.stdout.write(`${line}\n`)))
    })
}
