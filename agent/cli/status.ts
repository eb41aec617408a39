import { loadState } from '../report/state.ts'
import { readHistory } from '../report/history.ts'
import { formatAge } from '../report/format-age.ts'
import { requireRoot } from './run-options.ts'
import type { Verb } from './verb.ts'

/** `evenkeel status`: where this node stands, without touching the network. */
export function addStatus({ program, node: { paths, system } }: Verb): void {
  program
    .command('status')
    .description('show the commit in force, the last run and how it ended')
    .option('--json', 'print one JSON object')
    .action(async (flags: { json?: boolean }) => {
      requireRoot()
      const state = await loadState(paths, system)
      const [last = null] = await readHistory({ paths, system }, 1)
      if (flags.json === true) {
        const { applied, attempted } = state
        process.stdout.write(`${JSON.stringify({ applied, attempted, lastRun: last })}\n`)
        return
      }
      const age = (at: string): string => formatAge(system.now() - Date.parse(at))
      const lines = [
        state.applied === null
          ? 'applied    nothing yet'
          : `applied    ${state.applied.commit.slice(0, 8)} "${state.applied.subject}", ${age(state.applied.at)} ago`,
        last === null
          ? 'last run   none'
          : `last run   ${last.outcome}, ${age(last.at)} ago: ${last.message}`,
      ]
      process.stdout.write(`${lines.join('\n')}\n`)
    })
}
