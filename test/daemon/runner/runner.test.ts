import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { startRunner } from '../../../agent/daemon/runner/runner.ts'
import type { RunEvent } from '../../../agent/report/report.ts'
import { saveFelled } from '../../../agent/store/felled.ts'
import { createNode } from '../../converge/node.ts'
import { linesOf } from '../../lines-of.ts'
import { startSilentServer } from '../../source/git-server.ts'
import { command, pidOf, plain } from './command.ts'

const ignore = { on: () => {} }

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 120_000
  while (!isSo()) {
    if (Date.now() > deadline) assert.unreachable('waited for 2 min')
    await sleep(20)
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('runs happen in one process that stays, and tell what they do', async () => {
  const node = createNode()
  node.commit('one')
  const runner = startRunner(command(node.paths))
  const pid = pidOf(runner)
  const events: RunEvent[] = []
  const first = await runner.run(plain, { on: (event) => events.push(event) })
  assert.is(first.report.outcome, 'converged')
  assert.is(first.profile?.self, 'lb1')
  assert.ok(events.some(({ type }) => type === 'phase'))
  assert.ok(events.some(({ type }) => type === 'result'))
  const second = await runner.run({ ...plain, cause: 'schedule' }, ignore)
  assert.is(second.report.outcome, 'in-sync')
  assert.is(runner.pid(), pid)
  await runner.stop()
  assert.is(runner.pid(), null)
})

test('a run that is asked for during another one waits for it', async () => {
  const node = createNode()
  node.commit('one')
  const runner = startRunner(command(node.paths))
  const ends = await Promise.all([runner.run(plain, ignore), runner.run(plain, ignore)])
  assert.equal(
    ends.map(({ report }) => report.outcome),
    ['converged', 'in-sync'],
  )
  await runner.stop()
})

test('a run that is to skip it does not wait for the remote', async () => {
  const node = createNode()
  node.commit('one')
  await node.run()
  node.drift()
  const server = await startSilentServer()
  const repo = `https://127.0.0.1:${server.port}/config.git`
  writeFileSync(node.paths.config, `repo: ${repo}\nnode: lb1\n`)
  const runner = startRunner(command(node.paths))
  const skipping = new AbortController()
  const { report } = await runner.run(
    { ...plain, cause: 'schedule' },
    {
      on({ type }) {
        if (type === 'step') setTimeout(() => skipping.abort(), 300)
      },
      skipRemoteWait: skipping.signal,
    },
  )
  assert.is(node.file(), 'one')
  assert.match(linesOf(report.warnings), /^remote-unreachable .*not waited for/)
  await runner.stop()
  server.stop()
})

test('a run that hangs is ended, and the next one is none the worse for it', async () => {
  const node = createNode()
  node.commit('one')
  await node.run()
  node.commitSlow('two', 600)
  const runner = startRunner(command(node.paths), { time: 3_000 })
  const pid = pidOf(runner)
  const { report } = await runner.run(plain, ignore)
  assert.is(report.outcome, 'failed')
  assert.match(
    report.message,
    `longer than 0.05 min; its process (pid ${pid}) was ended by SIGKILL`,
  )
  await runner.stop()
  node.commit('three')
  assert.is((await node.run()).outcome, 'converged')
  assert.is(node.file(), 'three')
})

test('a commit that takes all memory fells two runs, and is refused without a third', async () => {
  const node = createNode()
  node.commit('one')
  await node.run()
  const commit = node.commit('two')
  // 1 MiB: what any process has, so that it is this run's judging that is ended
  const starved = { memory: 2 ** 20 }
  for (const tries of [1, 2]) {
    const runner = startRunner(command(node.paths), starved)
    const { report } = await runner.run(plain, ignore)
    assert.match(report.message, /it took more than 1 MiB of memory; its process .* SIGKILL/)
    await runner.stop()
    // How far it came is up to the machine
    await saveFelled({ commit, subject: 'two', runs: tries }, node.paths, node.system)
  }
  node.drift()
  const { exitCode, message } = await node.run()
  assert.is(exitCode, 4)
  assert.match(message, /"two" is quarantined .*: it has felled 2 runs while it was judged/)
  assert.is(node.file(), 'one', 'drift is repaired meanwhile')
})

test('a run that is spared by its limits goes on', async () => {
  const node = createNode()
  node.commitSlow('one', 1)
  const runner = startRunner(command(node.paths), { memory: 2 ** 40 })
  assert.is((await runner.run(plain, ignore)).report.outcome, 'converged')
  await runner.stop()
})

test('a runner that dies in a run is a failed report, and the next one takes up what it left', async () => {
  const node = createNode()
  node.commit('one')
  await node.run()
  node.commitSlow('two', 3)
  const runner = startRunner(command(node.paths))
  const pid = pidOf(runner)
  const { report, profile } = await runner.run(plain, {
    on(event) {
      const isFile = event.type === 'result' && event.result.task === 'The file'
      if (isFile && event.result.status === 'changed') process.kill(pid, 'SIGKILL')
    },
  })
  assert.is(report.outcome, 'failed')
  assert.match(report.message, `its process (pid ${pid}) was ended by SIGKILL`)
  assert.is(report.results.length, 1, 'what it told before is kept')
  assert.is(profile, null)
  assert.is(node.file(), 'two')
  node.commit('three')
  const next = await runner.run(plain, ignore)
  assert.is.not(runner.pid(), pid)
  assert.match(linesOf(next.report.warnings), /^change-recovered .*was cut short/)
  assert.is(node.file(), 'three')
  await runner.stop()
})

test('a runner that dies between runs is not missed', async () => {
  const node = createNode()
  node.commit('one')
  const runner = startRunner(command(node.paths))
  await runner.run(plain, ignore)
  process.kill(pidOf(runner), 'SIGKILL')
  await until(() => runner.pid() === null)
  assert.is((await runner.run(plain, ignore)).report.outcome, 'in-sync')
  await runner.stop()
})

test('a runner that can not be started is a failed report', async () => {
  const runner = startRunner(['/nonexistent/node'])
  const { report } = await runner.run(plain, ignore)
  assert.is(report.outcome, 'failed')
  assert.match(report.message, /no process can be started.*ENOENT/)
  await runner.stop()
})

test('an error of ours is told with its stack', async () => {
  const runner = startRunner([process.execPath, '-e', "throw new Error('a fault of ours')"])
  const { report } = await runner.run(plain, ignore)
  assert.match(report.message, 'a fault of ours')
  await runner.stop()
})

test('stop waits for the run in hand, and begins no other', async () => {
  const node = createNode()
  node.commitSlow('one', 1)
  const runner = startRunner(command(node.paths))
  let stopped: Promise<void> | undefined
  const first = runner.run(plain, {
    on({ type }) {
      if (type === 'phase') stopped ??= runner.stop()
    },
  })
  const second = runner.run(plain, ignore)
  assert.is((await first).report.outcome, 'converged')
  assert.match((await second).report.message, 'this run was not begun')
  await stopped
  assert.is(runner.pid(), null)
})

test('stop ends a run that is not over by its deadline', async () => {
  const node = createNode()
  node.commitSlow('one', 5)
  const runner = startRunner(command(node.paths))
  let stopped: Promise<void> | undefined
  const { report } = await runner.run(plain, {
    on({ type }) {
      if (type === 'phase') stopped ??= runner.stop(100)
    },
  })
  await stopped
  assert.match(report.message, 'was ended by SIGKILL')
})

test('when its parent is killed, a runner finishes its run and ends', async () => {
  const node = createNode()
  node.commitSlow('one', 1)
  const main = join(import.meta.dirname, 'parent-main.ts')
  const parent = spawn(process.execPath, ['--import', 'tsx', main, JSON.stringify(node.paths)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const pid = await new Promise<number>((resolve) => {
    parent.stdout.once('data', (chunk: Buffer) => resolve(Number.parseInt(chunk.toString(), 10)))
  })
  parent.kill('SIGKILL')
  await until(() => !isAlive(pid))
  assert.is((await node.state()).applied?.subject, 'one')
  assert.not(existsSync(join(node.paths.state, 'journal/journal.json')))
})

test('signals to the whole unit do not end a run', async () => {
  const node = createNode()
  node.commitSlow('one', 1)
  const runner = startRunner(command(node.paths))
  const { report } = await runner.run(plain, {
    on({ type }) {
      if (type !== 'phase') return
      const pid = pidOf(runner)
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1'] as const) {
        process.kill(pid, signal)
      }
    },
  })
  assert.is(report.outcome, 'converged')
  await runner.stop()
})

test('what narrows a run arrives with it', async () => {
  const node = createNode()
  node.commit('{{word}}')
  const runner = startRunner(command(node.paths))
  const extraVars = [['word', 'two']] as const
  const skipped = await runner.run({ ...plain, extraVars, skipTags: ['site'] }, ignore)
  assert.equal(skipped.report.results, [])
  const { report } = await runner.run({ ...plain, extraVars }, ignore)
  assert.is(report.outcome, 'converged', report.message)
  assert.is(node.file(), 'two')
  await runner.stop()
})

test.run()
