import { name } from '../store/good-release.ts'
import { findQuarantined, loadQuarantine, saveQuarantine } from '../store/quarantine.ts'
import { lock } from '../system/lock.ts'
import { requireRoot } from './run-options.ts'
import type { Verb } from './verb.ts'

/** `evenkeel unquarantine`: lets a commit through that has failed here. */
export function addUnquarantine({ program, node: { paths, system } }: Verb): void {
  program
    .command('unquarantine')
    .argument('<commit>', 'its first 7 digits or more; "evenkeel status" lists the commits')
    .description('let a quarantined commit through: the next run tries it again')
    .action(async (prefix: string) => {
      requireRoot()
      const unlock = await lock(paths, 'unquarantine', system)
      try {
        const quarantine = await loadQuarantine(paths, system)
        const commit = findQuarantined(prefix, quarantine)
        const { [commit]: freed, ...rest } = quarantine
        await saveQuarantine(rest, paths, system)
        const what = name({ commit, subject: freed?.subject ?? '' })
        process.stdout.write(`${what} is let through: the next run tries it again\n`)
      } finally {
        unlock()
      }
    })
}
