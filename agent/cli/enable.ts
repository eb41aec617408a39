import { disabledFile, findDisabled, formatDisabled } from '../store/disabled.ts'
import { requireRoot } from './run-options.ts'
import type { Verb } from './verb.ts'

/** `evenkeel enable`: ends what `disable` began. */
export function addEnable({ program, node: { paths, system } }: Verb): void {
  program
    .command('enable')
    .description('let runs change this node again')
    .action(async () => {
      requireRoot()
      const before = await findDisabled(paths, system)
      await system.remove(disabledFile(paths))
      process.stdout.write(
        before === null
          ? 'this node was not disabled; nothing to do\n'
          : `enabled: the next run changes what is due. It was disabled ${formatDisabled(before, system.now())}\n`,
      )
    })
}
