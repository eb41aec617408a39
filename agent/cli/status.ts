import { readJournal } from '../apply/journal.ts'
import { loadConfig } from '../config/config.ts'
import { askForStatus } from '../daemon/control/ask-daemon.ts'
import { controlSocket } from '../daemon/control/message.ts'
import { findDisabled } from '../store/disabled.ts'
import { readLastRun } from '../store/history.ts'
import { loadQuarantine } from '../store/quarantine.ts'
import { loadState } from '../store/state.ts'
import { messageOf } from '../system/errors.ts'
import { formatStatus } from './format/format-status.ts'
import { requireRoot } from './run-options.ts'
import { findStartFault } from './start-fault.ts'
import type { Verb } from './verb.ts'

/** `evenkeel status`: where this node stands, without touching the network. */
export function addStatus({ program, node: { paths, system } }: Verb): void {
  program
    .command('status')
    .description('show the commit in force, what keeps a newer one out, and how the last run ended')
    .option('--json', 'print one JSON object')
    .action(async (flags: { json?: boolean }) => {
      requireRoot()
      const state = await loadState(paths, system)
      const quarantine = await loadQuarantine(paths, system)
      const lastRun = await readLastRun({ paths, system })
      const found = await readJournal(paths, system)
      const journal = found && { commit: found.commit, phase: found.phase, at: found.at }
      const disabled = await findDisabled(paths, system)
      // One that does not answer must not hide where the node stands
      const answer = await askForStatus(controlSocket(paths)).catch(messageOf)
      const daemon = answer ?? (await findStartFault(system))
      const configFault = await loadConfig(paths.config, system).then(() => null, messageOf)
      const status = { state, quarantine, disabled, journal, lastRun, daemon, configFault }
      if (flags.json === true) {
        const { applied, attempted, good, followed, pinned, refused, failing } = state
        const text = {
          applied,
          attempted,
          good,
          followed,
          pinned,
          refused,
          failing,
          quarantine,
          disabled,
          journal,
          lastRun,
          daemon,
          configFault,
        }
        process.stdout.write(`${JSON.stringify(text)}\n`)
      } else process.stdout.write(formatStatus(status, system.now()))
    })
}
