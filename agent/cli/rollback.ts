import { findGood } from '../store/good-release.ts'
import { loadState } from '../store/state.ts'
import { runAndReport } from './run-and-report.ts'
import { requireRoot } from './run-options.ts'
import type { RunFlags } from './run-options.ts'
import type { Verb } from './verb.ts'

const help = `
Nothing is fetched: the releases are on this node. The choice holds until the branch of the
config repo moves on from the newest commit that this node knows; "evenkeel status" shows it.
Going back to that newest commit lifts it. To take a commit back on all nodes, revert it in
the config repo.`

/** `evenkeel rollback`: the way back by hand. */
export function addRollback(verb: Verb): void {
  const { paths, system } = verb.node
  verb.program
    .command('rollback')
    .argument(
      '[release]',
      'how many good releases back (1 to 4), or the first digits of a commit',
      '1',
    )
    .description('go back to a release that was good on this node, and stay there')
    .option('-D, --diff', 'show what changes inside files and firewall chains')
    .option('--json', 'print one JSON object on stdout and nothing else there')
    .option('-v, --verbose', 'show tasks that are in sync, too')
    .addHelpText('after', help)
    .action(async (wanted: string, flags: Pick<RunFlags, 'diff' | 'json' | 'verbose'>) => {
      requireRoot()
      const rollBackTo = findGood(wanted, await loadState(paths, system))
      await runAndReport('converge', flags, verb, { rollBackTo })
    })
}
