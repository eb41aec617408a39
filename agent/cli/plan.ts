import { runAndReport } from './run-and-report.ts'
import { addRunFlags } from './run-options.ts'
import type { RunFlags } from './run-options.ts'
import type { Verb } from './verb.ts'

/** `evenkeel plan`: what a run would change. */
export function addPlan(verb: Verb): void {
  addRunFlags(verb.program.command('plan'))
    .description('show the drift of disk and running state; change nothing; exit 2 if there is any')
    .action((flags: RunFlags) => runAndReport('plan', flags, verb))
}
