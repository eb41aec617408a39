import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readJournal } from '../../agent/apply/journal.ts'
import { transact } from '../../agent/apply/transaction.ts'
import type { Owned } from '../../agent/resources/kind.ts'
import type { Resource } from '../../agent/roles/resource.ts'
import { CommitError } from '../../agent/system/errors.ts'
import { resource } from '../desired.ts'
import type { Machine } from '../fake-machine.ts'
import { fakeSystem } from '../fake-system.ts'
import type { FakeSystem } from '../fake-system.ts'
import { inputFor } from './sample.ts'

const validator = 'check /w/run/stage/tree/etc/a.conf'
const base: Machine = {
  commands: { 'rm -rf -- /w/run/stage': {}, [validator]: { reads: true } },
  units: { 'a.service': {} },
}

const conf = (content: string, more: Partial<Resource> = {}): Resource =>
  resource('copy', { dest: '/etc/a.conf', content, validate: 'check %s' }, more)
const reload = resource('service', { name: 'a', state: 'reloaded' }, { task: 'Reload a' })
const restart = resource('service', { name: 'a', state: 'restarted' }, { task: 'Restart a' })

interface World {
  readonly machine?: Machine
  readonly resources: readonly Resource[]
  readonly handlers?: readonly Resource[]
  readonly owned?: readonly Owned[]
  readonly secrets?: readonly string[]
  readonly tags?: readonly string[]
}

function enter(world: World) {
  const system = fakeSystem({ ...base, ...world.machine })
  const remembered: (readonly Owned[])[] = []
  const { resources, handlers = [], secrets = [], owned = [], tags } = world
  const input = inputFor({ resources, handlers, secrets }, system, {
    owned,
    choice: { tags: new Set(tags), skipTags: new Set() },
    remember: async (known) => {
      remembered.push(known)
    },
  })
  return { system, input, remembered }
}

/** What was done outside the work folder. */
function done(system: FakeSystem): readonly string[] {
  return system.done.filter((line) => !line.includes(' /w'))
}

test('in sync: nothing is done', async () => {
  const { system, input } = enter({
    machine: { files: { '/etc/a.conf': 'x' } },
    resources: [conf('x', { notify: ['Reload a'] })],
    handlers: [reload],
  })
  const { outcome, exitCode, results } = await transact(input)
  assert.is(outcome, 'in-sync')
  assert.is(exitCode, 0)
  assert.equal(
    results.map(({ status }) => status),
    ['ok'],
  )
  assert.equal(system.done, [])
})

test('a file stays ours when a task of another kind takes it over', async () => {
  const path = '/etc/cron.d/x'
  const job = { name: 'x', schedule: '@daily', command: 'true' }
  const tasks = {
    copy: resource('copy', { dest: path, content: 'x\n' }),
    cron: resource('cron', job),
    none: resource('cron', { name: 'other', state: 'absent' }),
  }
  const machine = {
    commands: {
      ...base.commands,
      'getent passwd root': { reads: true },
      [`mknod /w/run/stage/tree${path} c 0 0`]: { reads: true },
    },
  }
  let { system, input, remembered } = enter({ machine, resources: [tasks.copy] })
  for (const next of [tasks.cron, tasks.copy, tasks.cron, tasks.none]) {
    assert.is((await transact(input)).outcome, 'converged')
    const owned = remembered.at(-1) ?? []
    ;({ system, input, remembered } = enter({
      machine: { ...system.machine(), ...machine },
      resources: [next],
      owned,
    }))
  }
  assert.is((await transact(input)).outcome, 'converged')
  assert.equal(done(system), [`remove ${path}`], 'no task asks for it any more')
})

test('a handler runs once, after all tasks', async () => {
  const { system, input } = enter({
    resources: [
      conf('x', { notify: ['Reload a'] }),
      resource('copy', { dest: '/etc/b.conf', content: 'y' }, { notify: ['Reload a'] }),
    ],
    handlers: [reload],
  })
  const { outcome } = await transact(input)
  assert.is(outcome, 'converged')
  assert.equal(done(system), [
    'write /etc/a.conf 0644 root:root',
    'write /etc/b.conf 0644 root:root',
    'run systemctl reload a.service',
  ])
})

test('a reload is not owed any more after a restart', async () => {
  const { system, input } = enter({
    resources: [conf('x', { notify: ['Reload a', 'Restart a'] })],
    handlers: [restart, reload],
  })
  await transact(input)
  assert.equal(done(system).slice(1), ['run systemctl restart a.service'])
})

test('a validator that refuses leaves everything as it was', async () => {
  const { system, input, remembered } = enter({
    machine: {
      ...base,
      commands: { ...base.commands, [validator]: { code: 1, stderr: 'no such option hunter2\n' } },
    },
    resources: [resource('copy', { dest: '/etc/b.conf', content: 'y' }), conf('x')],
    secrets: ['hunter2'],
  })
  let error: unknown
  await transact(input).catch((thrown: unknown) => (error = thrown))
  assert.instance(error, CommitError)
  const { message } = error as CommitError
  assert.match(
    message,
    /^roles\/a\/tasks\/main\.yml:1 copy: "check \S+" refuses the new \/etc\/a\.conf/,
  )
  assert.match(message, 'no such option ********')
  assert.equal(done(system), [])
  assert.equal(remembered, [])
})

test('what nothing asks for any more is taken back, what a task claims is not', async () => {
  const { system, input } = enter({
    machine: {
      files: { '/etc/a.conf': 'x', '/etc/old.conf': 'o' },
      commands: { ...base.commands, 'mknod /w/run/stage/tree/etc/old.conf c 0 0': {} },
    },
    resources: [conf('x')],
    owned: [
      { kind: 'copy', name: '/etc/a.conf', before: null },
      { kind: 'copy', name: '/etc/old.conf', before: null },
    ],
  })
  const { results } = await transact(input)
  assert.equal(done(system), ['remove /etc/old.conf'])
  assert.equal(
    results.map(({ type, status }) => `${type} ${status}`),
    ['task ok', 'removal changed'],
  )
})

test('with tags, nothing is pruned and other tasks do not take part', async () => {
  const { system, input } = enter({
    machine: { files: { '/etc/old.conf': 'o' } },
    resources: [conf('x'), resource('copy', { dest: '/etc/b', content: 'y' }, { tags: ['b'] })],
    owned: [{ kind: 'copy', name: '/etc/old.conf', before: null }],
    tags: ['b'],
  })
  await transact(input)
  assert.equal(done(system), ['write /etc/b 0644 root:root'])
})

test('what did not exist before is remembered as ours before it is made, once', async () => {
  const known = { kind: 'copy', name: '/etc/b', before: null }
  const { input, remembered } = enter({
    machine: { files: { '/etc/c': 'theirs' } },
    resources: [
      conf('x'),
      resource('copy', { dest: '/etc/b', content: 'y' }),
      resource('copy', { dest: '/etc/c', content: 'z' }),
    ],
    owned: [known],
  })
  await transact(input)
  const both = [known, { kind: 'copy', name: '/etc/a.conf', before: null }]
  assert.equal(remembered, [both, both])
})

test('after a failure later tasks are left out, and all is brought back', async () => {
  const { system, input, remembered } = enter({
    machine: {
      files: { '/etc/a.conf': { content: 'old', mode: '0600', owner: 'a' } },
      units: {
        'a.service': {},
        'b.service': { properties: { ActiveState: 'inactive' }, fails: { start: 'no' } },
      },
    },
    resources: [
      conf('x', { notify: ['Reload a'] }),
      resource('service', { name: 'b', state: 'started' }),
      resource('copy', { dest: '/etc/never', content: 'n' }),
    ],
    handlers: [reload],
  })
  const { outcome, exitCode } = await transact(input)
  assert.is(outcome, 'rolled-back')
  assert.is(exitCode, 3)
  assert.equal(done(system), [
    'write /etc/a.conf 0644 root:root',
    'run systemctl start b.service',
    'write /etc/a.conf 0600 a:root',
    'run systemctl reload a.service',
  ])
  assert.equal(remembered.at(-1), [])
})

test('packages come first, and what they bring is planned again', async () => {
  const { system, input } = enter({
    machine: { available: { nginx: { files: { '/etc/a.conf': 'x' } } } },
    resources: [conf('x'), resource('package', { name: 'nginx' })],
  })
  const { outcome } = await transact(input)
  assert.is(outcome, 'converged')
  assert.not.ok(done(system).some((line) => line.startsWith('write /etc/a.conf')))
})

test('a resource that still differs after it was applied has failed', async () => {
  const { input } = enter({
    machine: { commands: { ...base.commands, true: {} } },
    resources: [resource('command', { argv: ['true'], creates: '/never' })],
  })
  const { outcome, results } = await transact(input)
  assert.is(outcome, 'rolled-back')
  assert.match(results.at(-1)?.error ?? '', 'still differs after it was applied')
})

test('what the gate refuses is brought back, handlers too', async () => {
  const { system, input } = enter({
    machine: { files: { '/etc/a.conf': 'old' } },
    resources: [conf('x', { notify: ['Reload a'] })],
    handlers: [reload],
  })
  const { outcome, results } = await transact({
    ...input,
    gate: async () => async () => ({ faults: ['b is down'], newer: null }),
  })
  assert.is(outcome, 'rolled-back')
  assert.is(results.find(({ type }) => type === 'gate')?.error, 'b is down')
  assert.equal(done(system), [
    'write /etc/a.conf 0644 root:root',
    'run systemctl reload a.service',
    'write /etc/a.conf 0644 root:root',
    'run systemctl reload a.service',
  ])
  assert.is(await system.stat('/w/journal/journal.json'), null)
})

test('what a newer commit ends is brought back, and is nobody’s fault', async () => {
  const newer = 'b'.repeat(40)
  const { system, input } = enter({
    machine: { files: { '/etc/a.conf': 'old' } },
    resources: [conf('x')],
  })
  const ended = await transact({
    ...input,
    gate: async () => async () => ({ faults: ['b is down'], newer }),
  })
  assert.is(ended.outcome, 'rolled-back')
  assert.is(ended.newer, newer)
  assert.is(ended.fault, undefined)
  assert.is(
    ended.results.find(({ type }) => type === 'gate')?.error,
    'commit bbbbbbbb came, which goes first; so far: b is down',
  )
  assert.is(done(system).length, 2)
})

test('what can not be brought back is said, and stays in the journal', async () => {
  const { system, input } = enter({
    machine: {
      units: {
        'a.service': { fails: { start: 'no' } },
        'b.service': { properties: { ActiveState: 'inactive' }, fails: { start: 'no' } },
      },
    },
    resources: [
      resource('service', { name: 'a', state: 'stopped' }),
      resource('service', { name: 'b', state: 'started' }),
    ],
  })
  const { outcome, exitCode, results } = await transact(input)
  assert.is(outcome, 'failed')
  assert.is(exitCode, 1)
  assert.match(results.at(-1)?.error ?? '', 'a.service "systemctl start" failed (no)')
  assert.is((await readJournal(input.paths, system))?.phase, 'rolling-back')
})

test.run()
