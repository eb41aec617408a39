import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { transact } from '../../agent/apply/transaction.ts'
import type { TransactionResult } from '../../agent/apply/transaction.ts'
import type { Resource } from '../../agent/roles/resource.ts'
import type { System } from '../../agent/system/system.ts'
import { resource } from '../desired.ts'
import type { Machine } from '../fake-machine.ts'
import { fakeSystem } from '../fake-system.ts'
import { inputFor } from './sample.ts'

const config = 'global\nsetenv EVENKEEL_FINGERPRINT f1\nserver web1\n'
const edited = 'global\nsetenv EVENKEEL_FINGERPRINT f1\nserver by-hand\n'
const socket = '/run/a.sock'
const machine: Machine = {
  commands: { 'rm -rf -- /w/run/stage': { reads: true } },
  files: { '/etc/a.conf': config, '/etc/script': 'exit 0\n', '/srv': { type: 'directory' } },
  units: {
    'a.service': {
      properties: {
        ActiveState: 'active',
        SubState: 'running',
        StateChangeTimestamp: 'Mon 2024-01-01 12:00:00.000000 UTC',
      },
    },
  },
  sockets: {
    [socket]: {
      'show env EVENKEEL_FINGERPRINT': 'EVENKEEL_FINGERPRINT=f1\n',
      'show info': 'Pid: 7\n',
    },
  },
}

const conf = resource('copy', { dest: '/etc/a.conf', content: config }, { notify: ['Reload a'] })
const script = resource('copy', { dest: '/etc/script', content: 'exit 0\n' })
const fingerprint = { file: '/etc/a.conf', socket }
const service = (more: Readonly<Record<string, unknown>> = { fingerprint }): Resource =>
  resource('service', { name: 'a', state: 'started', config: ['/etc/a.conf'], ...more })
const reload = resource('service', { name: 'a', state: 'reloaded' }, { task: 'Reload a' })

/** A node that was found in line once. `act` does what happens to it, then it is brought in line again. */
async function repair(
  act: (system: System) => Promise<unknown>,
  {
    resources = [conf, script, service()],
    skipTags = [] as readonly string[],
    wrap = (system: System): System => system,
    isNew = false,
  } = {},
): Promise<{ readonly result: TransactionResult; readonly done: readonly string[] }> {
  const inner = fakeSystem(machine)
  const system = wrap(inner)
  const input = inputFor({ resources, handlers: [reload] }, system, {
    choice: { tags: new Set(), skipTags: new Set(skipTags) },
    last: { inLine: null },
  })
  if (!isNew) assert.is((await transact(input)).outcome, 'in-sync')
  await act(inner)
  const before = inner.done.length
  const result = await transact(input)
  const done = inner.done.slice(before).filter((line) => !line.includes('/w/'))
  assert.is((await transact(input)).outcome, 'in-sync', 'nothing is left to do')
  return { result, done }
}

const attributes = { mode: 0o644, owner: 'root', group: 'root' }
const write = (path: string, text: string) => async (system: System) => {
  await system.sleep(60_000)
  await system.writeFile(path, { content: Buffer.from(text), ...attributes })
}
const edit = write('/etc/a.conf', edited)
const written = 'write /etc/a.conf 0644 root:root'
const reloaded = 'run systemctl reload a.service'

test('a file that nothing has read since is put back, and nothing is reloaded', async () => {
  const { result, done } = await repair(edit)
  assert.is(result.outcome, 'converged')
  assert.equal(done, [written])
  const [first] = result.results
  assert.match(first?.notes.join() ?? '', 'nothing is reloaded')
  assert.equal(
    result.results.map(({ status }) => status),
    ['changed', 'ok', 'ok'],
  )
})

for (const [what, act] of [
  ['another fingerprint', write('/etc/a.conf', 'global\nsetenv EVENKEEL_FINGERPRINT f2\n')],
  ['no fingerprint', write('/etc/a.conf', '')],
  ['no file', (system: System) => system.remove('/etc/a.conf')],
] as const) {
  test(`a file with ${what} is put back all the same`, async () => {
    assert.equal((await repair(act)).done, [written])
  })
}

test('the mode alone is put back', async () => {
  const { done } = await repair(async (system) => {
    await system.setAttributes('/etc/a.conf', { mode: 0o666 }, { type: 'file' })
  })
  assert.equal(done, ['mode /etc/a.conf 0644'])
})

test('a file that nobody told to be reads is put back', async () => {
  const { done } = await repair(write('/etc/script', 'exit 1\n'))
  assert.equal(done, ['write /etc/script 0644 root:root'])
})

test('what was read is not only put back: it is reloaded', async () => {
  const { done } = await repair(async (system) => {
    await edit(system)
    await system.run(['systemctl', 'reload', 'a.service'])
  })
  assert.equal(done, [written, reloaded])
})

test('an edit before a reload and one behind it are told apart', async () => {
  const { done } = await repair(async (system) => {
    await edit(system)
    await system.run(['systemctl', 'reload', 'a.service'])
    await edit(system)
  })
  assert.equal(done, [written, reloaded])
})

test('a node that was not seen in line yet may run anything', async () => {
  assert.equal((await repair(edit, { isNew: true })).done, [written, reloaded])
})

test('but a wrong mode alone is repaired there as well without a reload', async () => {
  const chmod = async (system: System): Promise<void> => {
    await system.setAttributes('/etc/a.conf', { mode: 0o666 }, { type: 'file' })
  }
  const { result, done } = await repair(chmod, { isNew: true })
  assert.is(result.outcome, 'converged')
  assert.equal(done, ['mode /etc/a.conf 0644'])
  const resources = [conf, service({})]
  const unproven = await repair(chmod, { isNew: true, resources })
  assert.equal(unproven.done, ['mode /etc/a.conf 0644', reloaded])
})

test('a service without a fingerprint can not prove what it runs', async () => {
  const { done } = await repair(edit, { resources: [conf, service({})] })
  assert.equal(done, [written, reloaded])
})

test('with another drift beside it, all is one transaction', async () => {
  const { done } = await repair(
    async (system) => {
      await edit(system)
      await system.makeFolder('/srv', { mode: 0o700 })
    },
    {
      resources: [
        conf,
        service(),
        resource('file', { path: '/srv', state: 'directory', mode: '0755' }),
      ],
    },
  )
  assert.equal(done, [written, reloaded, 'mode /srv 0755'])
})

test('a part of the tasks is one transaction, too', async () => {
  const { done } = await repair(edit, { skipTags: ['other'] })
  assert.equal(done, [written, reloaded])
})

test('a reload while it is put back is noticed', async () => {
  let isFirst = true
  const { done } = await repair(edit, {
    wrap: (system) => ({
      ...system,
      async writeFile(path, file) {
        if (path === '/etc/a.conf' && isFirst) {
          isFirst = false
          await system.run(['systemctl', 'reload', 'a.service'])
        }
        await system.writeFile(path, file)
      },
    }),
  })
  assert.equal(done, [reloaded, written, written, reloaded])
})

test('a file that is written while the node is looked at is not remembered', async () => {
  let time = 0
  const { done } = await repair(
    async (system) => {
      time = Number.NaN
      await edit(system)
    },
    {
      wrap: (system) => ({
        ...system,
        async stat(path) {
          const found = await system.stat(path)
          if (found === null || path !== '/etc/a.conf' || Number.isNaN(time)) return found
          return { ...found, mtime: found.mtime + ++time }
        },
      }),
    },
  )
  assert.equal(done, [written, reloaded])
})

test.run()
