/** Starts a runner for the node whose paths are given in JSON, tells its pid, and begins a run. */
import { startRunner } from '../../../agent/daemon/runner/runner.ts'
import type { Paths } from '../../../agent/system/paths.ts'
import { command, plain } from './command.ts'

const runner = startRunner(command(JSON.parse(process.argv[2] ?? '') as Paths))
await runner.run(plain, {
  on({ type }) {
    if (type === 'phase') process.stdout.write(`${runner.pid()}\n`)
  },
})
