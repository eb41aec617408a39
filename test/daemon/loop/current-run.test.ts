import { mock } from 'node:test'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { wholeRun } from '../../../agent/converge/request.ts'
import type { RunEnd } from '../../../agent/converge/run.ts'
import type { DaemonEvent } from '../../../agent/daemon/event.ts'
import { createCurrentRun } from '../../../agent/daemon/loop/current-run.ts'
import type { CurrentRun, Order } from '../../../agent/daemon/loop/current-run.ts'
import type { Waiting } from '../../../agent/daemon/loop/loop.ts'
import { warn } from '../../../agent/diagnostics/warning.ts'
import type { Listener, Report } from '../../../agent/report/report.ts'
import { emptyState, saveState } from '../../../agent/store/state.ts'
import { contextOf } from '../context.ts'
import { profileOf } from '../evidence/sample.ts'

const commit = 'a'.repeat(40)
const report: Report = {
  node: 'lb1',
  mode: 'converge',
  commit,
  subject: 'One',
  startedAt: '2024-01-02T12:00:00.000Z',
  duration: 1,
  outcome: 'in-sync',
  results: [],
  warnings: [warn('remote-unreachable', 'w')],
  problems: [],
  message: 'lb1 is in sync',
  exitCode: 0,
}
const end: RunEnd = { report, profile: null }

interface World {
  /** What the runner does. Default: finds nothing to do. */
  readonly run?: (on: Listener) => Promise<RunEnd>
  /** Of the runner after each run. Default: it is alive. */
  readonly pid?: () => number | null
  /** The current run is broken off. */
  readonly cut?: () => void
}

/** A current run among fakes, and what is done and told in turn. */
async function enter({ run: act = async () => end, pid = () => 7, cut }: World = {}): Promise<{
  readonly run: CurrentRun
  readonly done: string[]
}> {
  const done: string[] = []
  const context = contextOf()
  const { paths, system } = context.node
  await saveState({ ...emptyState, applied: { commit, at: '', subject: '' } }, paths, system)
  context.events.subscribe((event) => done.push(`${event.type}${detailOf(event)}`))
  const run = createCurrentRun(context, {
    runner: {
      run: async ({ mode, cause }, { on, skipRemoteWait }) => {
        done.push(`${mode} for ${cause}`)
        skipRemoteWait?.addEventListener('abort', () => done.push('remote not waited for'))
        return act(on)
      },
      cut() {
        done.push('cut')
        cut?.()
      },
      pid,
    },
    files: {
      runBegins: async () => void done.push('watcher opens'),
      runActs: () => void done.push('watcher closes'),
      runEnds: async ({ isOurs, isForDrift }) =>
        void done.push(
          `watcher ${isOurs === null ? 'knows nothing' : 'knows'}, drift: ${isForDrift}`,
        ),
    },
    config: () => context.config,
    wake: (cause) => done.push(`wake ${cause}`),
    learn: async ({ self }) => void done.push(`profile of ${self}`),
  })
  return { run, done }
}

function detailOf(event: DaemonEvent): string {
  if (event.type === 'run-phase') return ` ${event.phase}`
  if (event.type === 'run-ended') return ` ${event.report.outcome} ${event.cause}`
  if (event.type === 'run-broke-off') return ` ${event.error}`
  return event.type === 'warning-began' ? ` ${event.warning.code}` : ''
}

/** A run that somebody waits for, who tells `done` what comes of it. */
function ordered(done: string[]): Waiting<Order> {
  const order: Order = {
    request: wholeRun('plan', 'person'),
    on: ({ type }) => done.push(`hears ${type}`),
    resolve: ({ outcome }) => done.push(`answered ${outcome}`),
    reject: (error) => done.push(`rejected ${String(error)}`),
  }
  return { cause: 'person', order }
}

test('what is told comes after the run, and after what it found out counts', async () => {
  const { run, done } = await enter({ run: async () => ({ report, profile: profileOf('lb1') }) })
  await run.execute({ cause: 'drift' })
  assert.equal(done, [
    'run-began',
    'watcher opens',
    'watcher closes',
    'converge for drift',
    'run-phase null',
    'watcher knows, drift: true',
    'profile of lb1',
    'warning-began remote-unreachable',
    'run-ended in-sync drift',
  ])
  done.length = 0
  await run.execute({ cause: 'schedule' })
  assert.not.ok(done.includes('warning-began remote-unreachable'), 'it was told')
})

test('an operator hears of the run, and is answered once files are watched again', async () => {
  const { run, done } = await enter({
    run: async (on) => {
      on({ type: 'phase', phase: 'applying' })
      assert.is(run.phase(), 'applying')
      return end
    },
  })
  await run.execute(ordered(done))
  assert.equal(done.slice(0, 6), [
    'run-began',
    'watcher opens',
    'watcher closes',
    'plan for person',
    'run-phase applying',
    'hears phase',
  ])
  assert.equal(done.slice(-3), [
    'watcher knows, drift: false',
    'run-ended in-sync person',
    'answered in-sync',
  ])
  assert.is(run.phase(), null)
})

test('a warning ends with a run that looked at all, which one for drift and a plan do not', async () => {
  const without: RunEnd = { report: { ...report, warnings: [] }, profile: null }
  const ends: RunEnd[] = [end, without, without, without]
  const { run, done } = await enter({ run: async () => ends.shift() ?? end })
  const told = async (wake: Waiting<Order>): Promise<readonly string[]> => {
    await run.execute(wake)
    return done.splice(0).filter((line) => line.startsWith('warning'))
  }
  assert.equal(await told({ cause: 'schedule' }), ['warning-began remote-unreachable'])
  assert.equal(await told({ cause: 'drift' }), [])
  assert.equal(await told(ordered(done)), [])
  assert.equal(await told({ cause: 'schedule' }), ['warning-ended'])
})

test('a run that breaks off is told, and what it has written is not known', async () => {
  const { run, done } = await enter({ run: () => Promise.reject(new Error('no runner')) })
  await run.execute(ordered(done))
  assert.equal(done.slice(4), [
    'run-broke-off no runner',
    'rejected Error: no runner',
    'run-phase null',
    'watcher knows nothing, drift: false',
  ])
})

test('drift cuts a run by schedule short while it asks the remote, and no other', async () => {
  const next: string[] = []
  const { run, done } = await enter({
    run: async (on) => {
      next.push(run.noteDrift())
      on({ type: 'asked' })
      next.push(run.noteDrift())
      return end
    },
  })
  await run.execute({ cause: 'schedule' })
  assert.equal(next.splice(0), ['schedule', 'drift'])
  assert.equal(done.slice(1, 5), [
    'watcher opens',
    'converge for schedule',
    'remote not waited for',
    'watcher closes',
  ])
  assert.ok(done.includes('watcher knows, drift: true'), 'it was a repair')
  assert.is(run.noteDrift(), 'drift')

  await run.execute(ordered(done))
  await run.execute({ cause: 'drift' })
  assert.equal(next, ['drift', 'drift', 'drift', 'drift'])
  assert.is(done.filter((line) => line === 'remote not waited for').length, 1)
})

/** A run by schedule that judges a commit until it is broken off; the next one finds nothing. */
async function judge(act: (on: Listener, run: CurrentRun) => void): Promise<readonly string[]> {
  let cut = (): void => {}
  let count = 0
  const { run, done } = await enter({
    cut: () => cut(),
    run: async (on) => {
      count += 1
      if (count > 1) return end
      const ended = new Promise<RunEnd>((resolve) => {
        cut = () => resolve({ report: { ...report, outcome: 'failed' }, profile: null })
      })
      act(on, run)
      mock.timers.tick(1_000)
      mock.timers.reset()
      cut()
      return ended
    },
  })
  mock.timers.enable({ apis: ['setTimeout'] })
  await run.execute({ cause: 'schedule' })
  return done
}

test('drift does not wait for a commit that takes long to be judged', async () => {
  for (const [first, second] of [
    ['judging', 'drift'],
    ['drift', 'judging'],
  ]) {
    const done = await judge((on, run) => {
      for (const one of [first, second]) {
        if (one === 'judging') on({ type: 'judging' })
        else assert.is(run.noteDrift(), 'schedule', 'the commit is judged again afterwards')
      }
    })
    assert.ok(done.includes('cut'), done.join('\n'))
    assert.ok(done.includes('converge for drift'))
    assert.ok(done.includes('run-ended in-sync schedule'), 'what was broken off is no failure')
  }
})

test('it waits for one that is judged by then, and for a run that acts', async () => {
  for (const last of ['asked', null] as const) {
    const done = await judge((on, run) => {
      if (last !== null) on({ type: 'judging' })
      run.noteDrift()
      if (last !== null) on({ type: last })
    })
    assert.not(done.includes('cut'))
    assert.not(done.includes('converge for drift'))
  }
})

test('after a lost run another one comes at once, and none after two', async () => {
  let pid: number | null = null
  const { run, done } = await enter({ pid: () => pid })
  const woken = async (): Promise<number> => {
    await run.execute({ cause: 'schedule' })
    return done.filter((line) => line === 'wake schedule').length
  }
  assert.is(await woken(), 1)
  assert.is(await woken(), 1)
  pid = 7
  assert.is(await woken(), 1)
  pid = null
  assert.is(await woken(), 2)
})

test('what another run has kept out comes again in 2 s; a person asks anew', async () => {
  const { run, done } = await enter({ run: async () => ({ ...end, isLocked: true }) })
  const wakes = (): readonly string[] => done.filter((line) => line.startsWith('wake'))
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    await run.execute(ordered(done))
    mock.timers.tick(2_000)
    assert.equal(wakes(), [])
    await run.execute({ cause: 'drift' })
    mock.timers.tick(1_999)
    assert.equal(wakes(), [])
    mock.timers.tick(1)
    assert.equal(wakes(), ['wake drift'])
    await run.execute({ cause: 'drift' })
    run.stop()
    mock.timers.tick(2_000)
    assert.equal(wakes(), ['wake drift'])
  } finally {
    mock.timers.reset()
  }
})

test('drift stays known until other drift is met', async () => {
  const changed = {
    role: 'a',
    task: 'a',
    resource: 'file /etc/a',
    type: 'task',
    status: 'changed',
    changes: [],
    notes: [],
    duration: 1,
  } as const
  const ends: readonly RunEnd[] = [
    { report: { ...report, outcome: 'converged', results: [changed] }, profile: null },
    end,
  ]
  let runs = 0
  const { run } = await enter({ run: async () => ends[runs++] ?? end })
  assert.is(run.lastDrift(), null)
  for (const _ of ends) {
    await run.execute({ cause: 'schedule' })
    assert.equal(run.lastDrift()?.resources, ['file /etc/a'])
  }
})

test.run()
