import { findDisabled, formatDisabled, saveDisabled } from '../store/disabled.ts'
import { UsageError } from '../system/errors.ts'
import { whoAsks } from '../system/who-asks.ts'
import { parseDuration } from './duration.ts'
import { requireRoot } from './run-options.ts'
import type { Verb } from './verb.ts'

const help = `
Holds for every run that would change something, yours included, and over a reboot. "evenkeel plan"
goes on showing what is due. The watch of haproxy stays on, and fails over. A run that goes on at the
moment comes to its end.`

/** `evenkeel disable`: nobody is to change this node for a while. */
export function addDisable({ program, node: { paths, system } }: Verb): void {
  program
    .command('disable')
    .argument('<reason>', 'for whoever wonders, in quotes: "switch is being replaced"')
    .description('change nothing on this node until "evenkeel enable"')
    .option('--for <time>', 'end it by itself after this time: 30m, 2h, 1d', parseDuration)
    .addHelpText('after', help)
    .action(async (text: string, flags: { for?: number }) => {
      requireRoot()
      const reason = text.replaceAll(/\s+/g, ' ').trim()
      if (reason === '')
        throw new UsageError('disable needs a reason, such as "switch is replaced"')
      const now = system.now()
      const before = await findDisabled(paths, system)
      const disabled = {
        reason,
        who: await whoAsks(system),
        since: new Date(now).toISOString(),
        until: flags.for === undefined ? null : new Date(now + flags.for).toISOString(),
      }
      await saveDisabled(disabled, paths, system)
      if (before !== null) process.stdout.write(`replaced: ${formatDisabled(before, now)}\n`)
      process.stdout.write(
        `this node is disabled ${formatDisabled(disabled, now)}\nA run that goes on now comes to its end. The watch of haproxy and its failover stay on.\n`,
      )
    })
}
