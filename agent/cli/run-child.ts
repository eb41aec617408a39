import { requireRoot } from './run-options.ts'
import type { Verb } from './verb.ts'

/** `evenkeel run-child`: the process in which the daemon's runs happen. Not for people, and not in --help. */
export function addRunChild({ program, node }: Verb): void {
  program.command('run-child', { hidden: true }).action(async () => {
    requireRoot()
    const { serveRuns } = await import('../daemon/runner/serve.ts')
    await serveRuns(node)
  })
}
