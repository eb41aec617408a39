import { readJournal } from '../apply/journal.ts'
import { recover } from '../apply/recover.ts'
import { exitCode } from '../system/errors.ts'
import { lock } from '../system/lock.ts'
import { requireRoot } from './run-options.ts'
import type { Verb } from './verb.ts'

/** `evenkeel recover`: what every run does first, alone. For the boot, and for the dead-man. */
export function addRecover({ program, node: { paths, system }, end }: Verb): void {
  program
    .command('recover')
    .description('take back, or finish, a change that a crash cut short; every run does this first')
    .option('--boot', 'before services are started: only files, and what is started at boot')
    .action(async (flags: { boot?: boolean }) => {
      requireRoot()
      const unlock = await lock(paths, 'recover', system)
      try {
        const recovered = await recover(paths, system, () => {}, flags.boot)
        process.stdout.write(`${recovered?.text ?? 'no change was cut short; nothing to do'}\n`)
        const isLeft = flags.boot !== true && (await readJournal(paths, system)) !== null
        if (isLeft) end(exitCode.failed)
      } finally {
        unlock()
      }
    })
}
