import type { Verb } from './verb.ts'

/** `evenkeel facts`: what templates can read below `facts`. */
export function addFacts({ program }: Verb): void {
  program
    .command('facts')
    .description('print the facts of this node as JSON, in the names of Ansible')
    .action(async () => {
      const { allFacts } = await import('../facts/facts.ts')
      process.stdout.write(`${JSON.stringify(await allFacts(), null, 4)}\n`)
    })
}
