import { join } from 'node:path'
import { wholeRun } from '../../../agent/converge/request.ts'
import type { Runner } from '../../../agent/daemon/runner/runner.ts'
import type { Paths } from '../../../agent/system/paths.ts'

/** How a runner is started for a node in a temporary folder. */
export function command(paths: Paths): readonly string[] {
  const main = join(import.meta.dirname, 'serve-main.ts')
  return [process.execPath, '--import', 'tsx', main, JSON.stringify(paths)]
}

/** What a person asks for with `evenkeel converge`. */
export const plain = wholeRun('converge', 'person')

/** @throws Error when there is no process */
export function pidOf(runner: Runner): number {
  const pid = runner.pid()
  if (pid === null) throw new Error('there is no runner')
  return pid
}
