import type { Verb } from './verb.ts'

/** Set when the program is built. */
export const programVersion = process.env['EVENKEEL_VERSION'] ?? 'from source'

/** `evenkeel version`: program and runtime, for bug reports. */
export function addVersion({ program }: Verb): void {
  program
    .command('version')
    .description('print the version of Evenkeel and of its runtime')
    .action(() => {
      process.stdout.write(`evenkeel ${programVersion} (node ${process.version})\n`)
    })
}
