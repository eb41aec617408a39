import { InvalidArgumentError } from 'commander'
import { readHistory } from '../store/history.ts'
import { formatHistory } from './format/format-history.ts'
import { requireRoot } from './run-options.ts'
import type { Verb } from './verb.ts'

/** `evenkeel history`: past runs, newest last. */
export function addHistory({ program, node: { paths, system } }: Verb): void {
  program
    .command('history')
    .description('show past runs, newest last')
    .option('-n, --lines <number>', 'how many', count, 20)
    .option('--json', 'print one JSON array')
    .action(async (flags: { lines: number; json?: boolean }) => {
      requireRoot()
      const entries = await readHistory({ paths, system }, flags.lines)
      const text = flags.json === true ? JSON.stringify(entries) : formatHistory(entries)
      process.stdout.write(`${text}\n`)
    })
}

function count(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new InvalidArgumentError('Expected a number above 0.')
  return Number(value)
}
