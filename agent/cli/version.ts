import type { Verb } from './verb.ts'

/** `evenkeel version`: program and runtime, for bug reports. */
export function addVersion({ program }: Verb): void {
  program
    .command('version')
    .description('print the version of Evenkeel and of its runtime')
    .action(() => {
      const version = process.env['EVENKEEL_VERSION'] ?? 'from source'
      process.stdout.write(`evenkeel ${version} (node ${process.version})\n`)
    })
}
