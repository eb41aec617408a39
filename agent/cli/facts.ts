import { factDocs, interfaceDoc } from '../facts/fact.ts'
import type { Verb } from './verb.ts'

/** `evenkeel facts`: what templates can read below `facts`. */
export function addFacts({ program }: Verb): void {
  program
    .command('facts')
    .description('print the facts of this node as JSON, in the names of Ansible')
    .addHelpText('after', () => `\nFacts, in templates below facts:\n${describeFacts()}`)
    .action(async () => {
      const { allFacts } = await import('../facts/facts.ts')
      process.stdout.write(`${JSON.stringify(await allFacts(), null, 4)}\n`)
    })
}

function describeFacts(): string {
  const docs = [...Object.entries(factDocs), ['eth0, …', interfaceDoc] as const]
  return docs.map(([name, { is }]) => `  ${name.padEnd(27)} ${is}`).join('\n')
}
