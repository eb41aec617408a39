/** A daemon over a node in a temporary folder: real files, real Git, a real socket; its runs in this process. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { converge } from '../../agent/converge/converge.ts'
import { wholeRun } from '../../agent/converge/request.ts'
import type { Request } from '../../agent/converge/request.ts'
import { askForRun, askForStatus } from '../../agent/daemon/control/ask-daemon.ts'
import type { DaemonStatus } from '../../agent/daemon/control/daemon-status.ts'
import { controlSocket } from '../../agent/daemon/control/message.ts'
import type { StartPart } from '../../agent/daemon/context.ts'
import { startDaemon } from '../../agent/daemon/daemon.ts'
import type { Daemon } from '../../agent/daemon/daemon.ts'
import type { DaemonEvent } from '../../agent/daemon/event.ts'
import type { LogData } from '../../agent/diagnostics/log.ts'
import type { Report, RunEvent } from '../../agent/report/report.ts'
import { saveDisabled } from '../../agent/store/disabled.ts'
import { lock } from '../../agent/system/lock.ts'
import { createNode } from '../converge/node.ts'
import type { TestNode } from '../converge/node.ts'
import { startSilentServer } from '../source/git-server.ts'

interface Context {
  node: TestNode
  daemon: Daemon
  /** What was logged: message and data. */
  log: (readonly [string, LogData])[]
}

const test = suite<Context>('daemon')
const never = "'0 0 1 1 *'"

async function start(
  context: Context,
  keys = '',
  startDelay = 0,
  more: readonly StartPart[] = [],
): Promise<void> {
  const { node } = context
  const { paths, system } = node
  writeFileSync(paths.config, `repo: ${node.repo.url}\nnode: lb1\nschedule: ${never}\n${keys}`)
  context.log = []
  context.daemon = await startDaemon({
    node: { paths, system },
    startRunner: () => ({
      run: (request, collaborators) => converge(request, { paths, system }, collaborators),
      stop: async () => {},
      cut: () => {},
      pid: () => 1,
    }),
    log: (_level, message, data = {}) => context.log.push([message, data]),
    manager: { tell: async () => {}, startWatchdog: () => () => {} },
    version: 'test',
    startDelay,
    more,
  })
}

const socketOf = ({ paths }: TestNode): string => controlSocket(paths)

async function ask(
  node: TestNode,
  more: Partial<Request> = {},
  events: RunEvent[] = [],
): Promise<Report | null> {
  const on = (event: RunEvent): void => void events.push(event)
  const request = { ...wholeRun('converge', 'person'), ...more }
  return askForRun(socketOf(node), request, { on, onAccepted: () => {} })
}

async function status(node: TestNode): Promise<DaemonStatus> {
  const answer = await askForStatus(socketOf(node))
  if (answer === null) throw new Error('no daemon runs')
  return answer
}

async function waitFor(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isTrue()); tries++) {
    if (tries > 2400) throw new Error(`not within 2 min: ${what}`)
    await sleep(50)
  }
}

const logged = ({ log }: Context, message: string): readonly LogData[] =>
  log.filter(([text]) => text === message).map(([, data]) => data)

const runs = (context: Context): number => logged(context, 'run ended').length

/** The nth run is over, with all that follows from it. */
const ended = (context: Context, nth: number): Promise<void> =>
  waitFor(`run ${nth}`, async () => {
    const { inHand, waiting } = await status(context.node)
    return runs(context) === nth && inHand === null && waiting === 0
  })

test.before.each((context) => {
  context.node = createNode()
  context.node.commit('good')
})

test.after.each(async ({ daemon }) => {
  await daemon.stop()
})

test('a run at the start; then drift is repaired, and told', async (context) => {
  const { node } = context
  await start(context)
  await ended(context, 1)
  assert.is(node.file(), 'good')
  node.drift()
  await waitFor('the repair', () => node.file() === 'good')
  await ended(context, 2)
  const { cause, outcome } = logged(context, 'run ended')[1] ?? {}
  assert.equal([cause, outcome], ['drift', 'converged'])
  assert.is(logged(context, 'resource changed').length, 2)
  assert.equal(
    logged(context, 'files changed by another hand').map(({ pause_s }) => pause_s),
    [0],
  )
  const { lastDrift, inHand } = await status(node)
  assert.is(lastDrift?.isRepaired, true)
  assert.is(
    lastDrift?.resources.map((resource) => resource.replace(/ .*\//, ' ')).join(),
    'file a.conf',
  )
  assert.is(inHand, null)
  await sleep(500)
  assert.is(runs(context), 2, 'its own write does not wake it')
})

test('drift is repaired while the remote is away, also by a daemon that has just started', async (context) => {
  const { node } = context
  await start(context)
  await ended(context, 1)
  await context.daemon.stop()
  await start(context, '', 60_000)
  writeFileSync(node.paths.config, `repo: /nowhere\nnode: lb1\nschedule: ${never}\n`)
  node.drift()
  await waitFor('the repair', () => node.file() === 'good')
})

test('drift is repaired while the remote takes its time, and then it is asked again', async (context) => {
  const { node } = context
  await start(context)
  await ended(context, 1)
  const server = await startSilentServer()
  const repo = `https://127.0.0.1:${server.port}/config.git`
  writeFileSync(node.paths.config, `repo: ${repo}\nnode: lb1\nschedule: '* * * * * *'\nsplay: 0\n`)
  await context.daemon.reload()
  const isAsking = async (): Promise<boolean> => (await status(node)).inHand?.cause === 'schedule'
  try {
    await waitFor('a run that asks', isAsking)
    await sleep(300)
    node.drift()
    await waitFor('the repair', () => node.file() === 'good')
    await waitFor('the end of that run', () => runs(context) === 2)
    await waitFor('the remote is asked again', isAsking)
  } finally {
    server.stop()
    await context.daemon.stop()
  }
  const [, repair] = logged(context, 'run ended')
  assert.equal([repair?.cause, repair?.outcome], ['schedule', 'converged'])
})

test('on_drift report: drift is told and left; a new commit is still applied', async (context) => {
  const { node } = context
  await start(context, 'on_drift: report\n')
  await ended(context, 1)
  assert.is(node.file(), 'good')
  node.drift()
  await ended(context, 2)
  assert.is(node.file(), 'by hand')
  assert.is((await status(node)).lastDrift?.isRepaired, false)
  assert.is(logged(context, 'resource differs').length, 1)

  assert.is((await ask(node, { cause: 'schedule' }))?.outcome, 'converged', 'one by hand repairs')
  node.drift()
  await ended(context, 4)
  node.commit('better')
  context.daemon.runNow()
  await waitFor('the new commit', () => node.file() === 'better')
})

test('a run for a person: its events and its report', async (context) => {
  const { node } = context
  await start(context, '', 60_000)
  const events: RunEvent[] = []
  const report = await ask(node, {}, events)
  assert.is(report?.outcome, 'converged')
  assert.is(report?.exitCode, 0)
  assert.is(node.file(), 'good')
  const changed = events.filter((event) => event.type === 'result')
  assert.is(changed.length, 1)

  node.commit('better')
  assert.is((await ask(node, { mode: 'plan' }))?.exitCode, 2)
})

test('a variable of a person reaches the run', async (context) => {
  const { node } = context
  await start(context, '', 60_000)
  const report = await ask(node, { mode: 'plan', extraVars: [['roles', '[nosuch]']] })
  assert.is(report?.outcome, 'refused')
  assert.match(report?.message ?? '', 'nosuch')
})

test('SIGTERM: the run in hand comes to its end, those that wait are refused', async (context) => {
  const { node } = context
  await start(context, '', 60_000)
  const first = ask(node)
  await waitFor('it is in hand', async () => (await status(node)).inHand !== null)
  const refused = ask(node).catch((error: unknown) => error)
  await waitFor('one waits', async () => (await status(node)).waiting === 1)
  await context.daemon.stop()
  assert.is((await first)?.outcome, 'converged')
  assert.match(String(await refused), 'HeldError: the daemon is stopping')
  assert.is(await ask(node), null, 'after that, none runs')
  await start(context)
})

test('a faulty agent.yml does not take the place of a good one', async (context) => {
  const { node, daemon } = await startedWith(context, 'splay: 1\n')
  const before = (await status(node)).nextRun
  writeFileSync(node.paths.config, `repo: ${node.repo.url}\nschedule: hourly\n`)
  await daemon.reload()
  assert.is((await status(node)).nextRun, before)
  assert.match(
    String(
      logged(context, 'agent.yml is wrong; what was read before stays in force')[0]?.['error'],
    ),
    /agent\.yml:2 schedule/,
  )

  await ended(context, 0)
  assert.is((await ask(node))?.exitCode, 64, 'a person is told')
  assert.is((await ask(node, { cause: 'schedule' }))?.exitCode, 64)

  writeFileSync(node.paths.config, `repo: ${node.repo.url}\nnode: lb1\nschedule: '0 0 2 1 *'\n`)
  await daemon.reload()
  assert.is.not((await status(node)).nextRun, before)
})

test('a faulty agent.yml keeps no drift from being repaired', async (context) => {
  const { node } = context
  await start(context)
  await ended(context, 1)
  writeFileSync(node.paths.config, 'nodes: lb1\n')
  node.drift()
  await waitFor('the repair', () => node.file() === 'good')
  await ended(context, 2)
  const [warning] = logged(context, 'warning')
  assert.equal([warning?.['code'], warning?.['source']], ['config-wrong', 'run'])
  assert.match(String(warning?.['warning']), /repo is missing.*\n?.*stays in force/)
  assert.equal(
    (await status(node)).warnings.map(({ code }) => code),
    ['config-wrong'],
  )
})

test('drift that another run keeps from being repaired is repaired after it', async (context) => {
  const { node } = context
  await start(context)
  await ended(context, 1)
  const unlock = await lock(node.paths, 'test', node.system)
  node.drift()
  await ended(context, 2)
  assert.is(logged(context, 'run ended')[1]?.['outcome'], 'held')
  assert.is(node.file(), 'by hand')
  unlock()
  await waitFor('the repair', () => node.file() === 'good')
})

test('one daemon a node', async (context) => {
  const { node } = await startedWith(context, '')
  try {
    await start({ ...context, node })
    throw new Error('a second one was started')
  } catch (error) {
    assert.match(String(error), /a daemon runs already \(pid \d+\)/)
  }
})

test('a socket that a killed daemon has left keeps nobody from anything', async (context) => {
  const { node } = context
  writeFileSync(socketOf(node), '')
  await start(context)
  await ended(context, 1)
})

test('a daemon of another version, or one that does not answer, is told', async (context) => {
  const { node } = context
  for (const [hello, expected] of [
    [
      '{"protocol":99,"version":"9.9","pid":1}\n',
      /is of version 9\.9 .*systemctl restart evenkeel/,
    ],
    ['', /does not answer/],
  ] as const) {
    const server = createServer((connection) => {
      if (hello === '') connection.destroy()
      else connection.write(hello)
    })
    await new Promise<void>((resolve) => server.listen(socketOf(node), resolve))
    assert.match(String(await ask(node).catch((error: unknown) => error)), expected)
    await new Promise((resolve) => server.close(resolve))
  }
  await start(context)
})

test('people are told once of a commit that fails, and of its end', async (context) => {
  const { node } = context
  const told = join(node.paths.state, 'told')
  const tell = `echo "$EVENKEEL_EVENT $EVENKEEL_HOST" >> ${told}`
  await start(context, `notify:\n  command: [sh, -c, '${tell}']\n`, 60_000)
  const { outcome, message } = (await ask(node)) ?? {}
  assert.is(outcome, 'converged', message)
  node.commit('two', 'false')
  assert.is((await ask(node))?.outcome, 'rolled-back')
  await waitFor('the message', () => existsSync(told))
  await ask(node)
  node.commit('three')
  await ask(node)
  await waitFor('its end', () => readFileSync(told, 'utf8').includes('recovered'))
  const sentences = logged(context, 'run ended').map(({ sentence }) => sentence)
  assert.is(readFileSync(told, 'utf8'), 'rollback lb1\nrecovered lb1\n', sentences.join('\n'))
})

test('a subscriber is one function and one line: all that happens is counted', async (context) => {
  const counts = new Map<string, number>()
  const countEvents: StartPart = ({ events }) => ({
    stop: events.subscribe(({ type }) => void counts.set(type, (counts.get(type) ?? 0) + 1)),
  })
  const { node } = context
  await start(context, '', 0, [countEvents])
  await ended(context, 1)
  node.drift()
  await waitFor('the repair', () => node.file() === 'good')
  await ended(context, 2)
  writeFileSync(node.paths.config, 'nodes: lb1\n')
  await context.daemon.reload()
  await context.daemon.stop()
  const count = (type: DaemonEvent['type']): number => counts.get(type) ?? 0
  assert.equal([count('run-began'), count('run-ended'), count('drift-seen')], [2, 2, 1])
  assert.ok(count('run-phase') >= 4, 'a phase, and its end, of each run')
  assert.is(count('config-refused'), 1)
  assert.is(count('warning-began'), 1, 'agent.yml is wrong')
})

test('a node that is disabled leaves drift alone, and says so', async (context) => {
  const { node } = context
  await start(context)
  await ended(context, 1)
  const disabled = {
    reason: 'switch',
    who: 'alice',
    since: '2024-01-02T12:00:00.000Z',
    until: null,
  }
  await saveDisabled(disabled, node.paths, node.system)
  node.drift()
  await ended(context, 2)
  assert.is(node.file(), 'by hand')
  const { outcome, sentence } = logged(context, 'run ended')[1] ?? {}
  assert.is(outcome, 'held')
  assert.match(String(sentence), 'disabled by alice')
})

async function startedWith(context: Context, keys: string): Promise<Context> {
  await start(context, keys, 60_000)
  return context
}

test.run()
