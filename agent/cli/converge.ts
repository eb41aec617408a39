import { runAndReport } from './run-and-report.ts'
import { addRunFlags } from './run-options.ts'
import type { RunFlags } from './run-options.ts'
import type { Verb } from './verb.ts'

interface Flags {
  readonly check?: boolean
  readonly detailedExitcodes?: boolean
  readonly scheduled?: boolean
}

/** `evenkeel converge`: one run. */
export function addConverge(verb: Verb): void {
  addRunFlags(verb.program.command('converge'))
    .description('pull the config repo and bring this node in line with it')
    .option('--check', 'only show what would change, as plan does')
    .option('--detailed-exitcodes', 'exit 2 when changes were made')
    .option(
      '--scheduled',
      'leave a commit alone that met a fault of this node until its next try is due; for timers',
    )
    .action(async (flags: RunFlags & Flags) => {
      const mode = flags.check === true ? 'plan' : 'converge'
      await runAndReport(mode, flags, verb, {
        tellChanges: flags.detailedExitcodes === true,
        cause: flags.scheduled === true ? 'schedule' : 'person',
      })
    })
}
