import { Command, CommanderError } from 'commander'
import { exitCode } from '../system/errors.ts'
import type { ExitCode } from '../system/errors.ts'
import { addAccept } from './accept.ts'
import { addCheckHaproxy } from './check-haproxy.ts'
import { addCheckRepo } from './check-repo.ts'
import { addConverge } from './converge.ts'
import { addDaemon } from './daemon.ts'
import { addDisable } from './disable.ts'
import { addDrain } from './drain.ts'
import { addEnable } from './enable.ts'
import { addFacts } from './facts.ts'
import { addHistory } from './history.ts'
import { addInventory } from './inventory.ts'
import { addPlan } from './plan.ts'
import { addRecover } from './recover.ts'
import { addRollback } from './rollback.ts'
import { addRunChild } from './run-child.ts'
import { addStatus } from './status.ts'
import { addUnquarantine } from './unquarantine.ts'
import { addValidate } from './validate.ts'
import type { Verb } from './verb.ts'
import { addVersion } from './version.ts'

const exitCodes = `
Exit codes:
  0   in sync, or converged
  1   failed on this node or on the way to the remote; the same run may succeed later
  2   plan, converge --check: drift found; with --detailed-exitcodes: changes were made
  3   the change failed and was rolled back: the node is as it was before
  4   the commit was refused; the last good release, if any, is enforced instead
  5   held: disabled, another run has the lock, or a commit waits for its next try
  64  wrong usage: command line, agent.yml, or not root`

/** The command line: argv in, exit code out. A verb's own errors are thrown. */
export function createProgram(node: Verb['node']): (argv: readonly string[]) => Promise<ExitCode> {
  let code: ExitCode = exitCode.ok
  const program = new Command('evenkeel')
    .description(
      'Keeps HAProxy and Keepalived pairs on an even keel: pulls a Git repo of desired\nstate and converges this node to it.',
    )
    .exitOverride()
    .addHelpText('after', exitCodes)
    .showHelpAfterError('(evenkeel --help lists verbs and flags)')
  const verb: Verb = {
    program,
    node,
    end: (ended) => {
      code = ended
    },
  }
  for (const add of [
    addPlan,
    addConverge,
    addDaemon,
    addStatus,
    addHistory,
    addValidate,
    addInventory,
    addFacts,
    addDisable,
    addEnable,
    addRollback,
    addUnquarantine,
    addAccept,
    addRecover,
    addRunChild,
    addCheckHaproxy,
    addDrain,
    addCheckRepo,
    addVersion,
  ]) {
    add(verb)
  }
  return async (argv) => {
    try {
      await program.parseAsync(argv)
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error
      // Asked-for help ends with 0, everything else that commander refuses is wrong usage.
      return error.exitCode === 0 ? exitCode.ok : exitCode.usage
    }
    return code
  }
}
