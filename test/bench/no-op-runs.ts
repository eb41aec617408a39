/**
 * On a node: does many runs that find nothing to do in one runner, and prints at intervals what the runner
 * takes. Started by no-op-memory.ts: RUNS, or `serve` for the runner itself.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { wholeRun } from '../../agent/converge/request.ts'
import { startRunner, youngSpace } from '../../agent/daemon/runner/runner.ts'
import { serveRuns } from '../../agent/daemon/runner/serve.ts'
import { createSystem } from '../../agent/system/create-system.ts'
import { nodePaths } from '../../agent/system/paths.ts'

const told = '/run/no-op-runs.json'
/** One in 20 asks the remote, as the schedule does; the others are what a file event starts. */
const asksRemote = 20

const word = process.argv[2] ?? ''
await (word === 'serve' ? serve() : doRuns(Number(word)))

/** The runner, which tells of its heap when it is asked to. */
async function serve(): Promise<void> {
  process.on('SIGUSR2', () => {
    globalThis.gc?.()
    writeFileSync(told, JSON.stringify(process.memoryUsage()))
  })
  await serveRuns({ paths: nodePaths('/opt/evenkeel'), system: createSystem() })
}

async function doRuns(count: number): Promise<void> {
  const main = process.argv[1] ?? ''
  const command = [process.execPath, ...process.execArgv, youngSpace, '--expose-gc', main, 'serve']
  const runner = startRunner(command)
  print(['runs', 'RSS MB', 'heap MB', 'descriptors', 'children', 'ms a run', 'CPU ms a run'])
  let shownAt = 0
  let before = { at: performance.now(), cpu: 0 }
  for (let done = 1; done <= count; done++) {
    const cause = done % asksRemote === 0 ? 'schedule' : 'drift'
    const { report } = await runner.run(wholeRun('converge', cause), { on: () => {} })
    if (done > 1 && report.outcome !== 'in-sync') {
      throw new Error(`run ${done} was no no-op: ${report.outcome}: ${report.message}`)
    }
    const isShown = done === 10 || done === 100 || done % Math.ceil(count / 20) === 0
    if (!isShown) continue
    const pid = runner.pid() ?? process.exit(1)
    const now = { at: performance.now(), cpu: cpuTime(pid) }
    const look = await lookAt(pid)
    const runs = done - shownAt
    print([done, ...look, (now.at - before.at) / runs, (now.cpu - before.cpu) / runs])
    shownAt = done
    before = { at: performance.now(), cpu: cpuTime(pid) }
  }
  await runner.stop()
}

/** RSS and heap after a collection, open descriptors, children. */
async function lookAt(pid: number): Promise<readonly number[]> {
  rmSync(told, { force: true })
  process.kill(pid, 'SIGUSR2')
  while (!existsSync(told) || readFileSync(told, 'utf8') === '') await sleep(20)
  const { rss, heapUsed } = JSON.parse(readFileSync(told, 'utf8')) as NodeJS.MemoryUsage
  const threads = readdirSync(`/proc/${pid}/task`)
  const children = threads.flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean),
  )
  const descriptors = readdirSync(`/proc/${pid}/fd`).length
  return [rss / 2 ** 20, heapUsed / 2 ** 20, descriptors, children.length]
}

/** Milliseconds of CPU that a process and its ended children took: proc_pid_stat(5), in 1/100 s. */
function cpuTime(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
  return fields.reduce((sum, field) => sum + Number(field), 0) * 10
}

function print(cells: readonly (string | number)[]): void {
  const texts = cells.map((cell) =>
    typeof cell === 'string' || Number.isInteger(cell) ? String(cell) : cell.toFixed(1),
  )
  process.stdout.write(`${texts.map((text) => text.padStart(12)).join(' ')}\n`)
}
