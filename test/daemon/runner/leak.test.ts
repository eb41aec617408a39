import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { startRunner } from '../../../agent/daemon/runner/runner.ts'
import type { Runner } from '../../../agent/daemon/runner/runner.ts'
import { createNode } from '../../converge/node.ts'
import { command, pidOf, plain } from './command.ts'

/** What a process has open, and the processes that it has started and not buried. */
function holds(pid: number): { readonly open: number; readonly children: readonly string[] } {
  const children = readdirSync(`/proc/${pid}/task`)
    .flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean),
    )
    .map((child) => readFileSync(`/proc/${child}/comm`, 'utf8').trim())
    // Compiles TypeScript for tsx, and stays
    .filter((name) => name !== 'esbuild')
  return { open: readdirSync(`/proc/${pid}/fd`).length, children }
}

/** What this process has open. */
function own(): number {
  return readdirSync('/proc/self/fd').length
}

const ignore = { on: () => {} }

let runner: Runner | null = null
// One that goes on would keep the test from ending
test.after.each(async () => {
  await runner?.stop()
})

test('runs leave no descriptor open and no child behind, changes and faults included', async () => {
  const node = createNode()
  node.commit('one')
  runner = startRunner(command(node.paths))
  // So that all that is loaded on demand is there
  for (const _ of [1, 2, 3]) await runner.run(plain, ignore)
  node.drift()
  await runner.run({ ...plain, cause: 'drift' }, ignore)
  const pid = pidOf(runner)
  const before = holds(pid)
  const ownBefore = own()
  for (let index = 0; index < 24; index++) {
    if (index % 3 === 0) node.drift()
    await runner.run({ ...plain, cause: 'drift' }, ignore)
  }
  node.commit('{{nothing}}')
  const { report } = await runner.run(plain, ignore)
  assert.is(report.outcome, 'refused')
  assert.is(node.file(), 'one')
  assert.is(runner.pid(), pid)
  const after = holds(pid)
  assert.equal(after.children, [])
  // The compiler of the tests may close some of its own meanwhile
  assert.ok(after.open <= before.open, `${before.open} open before, ${after.open} after`)
  const ownAfter = own()
  assert.ok(ownAfter <= ownBefore, `${ownBefore} own before, ${ownAfter} after`)
})

test('runners that die leave nothing open', async () => {
  const node = createNode()
  node.commit('one')
  runner = startRunner(command(node.paths))
  const open: number[] = []
  for (const _ of [1, 2, 3, 4]) {
    await runner.run(plain, ignore)
    process.kill(pidOf(runner), 'SIGKILL')
    while (runner.pid() !== null) await new Promise((resolve) => setTimeout(resolve, 10))
    open.push(own())
  }
  // Its pipes may close a moment after it has ended
  for (let tries = 0; tries < 2400 && own() > (open[1] ?? 0); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  // The first one has loaded what is loaded on demand
  const [, second = 0] = open
  assert.ok(own() <= second, `open after each: ${open.join(', ')}`)
})

test.run()
