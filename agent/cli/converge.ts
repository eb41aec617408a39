import type { Verb } from './verb.ts'
import { addRunFlags } from './run-options.ts'
import type { RunFlags } from './run-options.ts'
import { runAndReport } from './run-and-report.ts'

/** `evenkeel converge`: one run. */
export function addConverge(verb: Verb): void {
  addRunFlags(verb.program.command('converge'))
    .description('pull the config repo and bring this node in line with it')
    .option('--check', 'only show what would change, as plan does')
    .option('--detailed-exitcodes', 'exit 2 when changes were made')
    .action(async (flags: RunFlags & { check?: boolean; detailedExitcodes?: boolean }) => {
      const mode = flags.check === true ? 'plan' : 'converge'
      await runAndReport(mode, flags, verb, flags.detailedExitcodes === true)
    })
}
