import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createGate } from '../../agent/health/gate.ts'
import type { GoodHealth } from '../../agent/health/good-health.ts'
import type { Resource } from '../../agent/roles/resource.ts'
import { desiredOf, resource } from '../desired.ts'
import { fakeSystem } from '../fake-system.ts'

const toRemote = 'bash --norc -c exec 3<>"/dev/tcp/$0/$1" git 22'

/** Whether a change of one file is watched for more than a look at the node. */
async function isWatched(dest: string, handlers: readonly Resource[] = []): Promise<boolean> {
  const commands = { [toRemote]: {}, 'iptables-save': {}, 'ip6tables-save': {} }
  const system = fakeSystem({ commands })
  const file = resource('copy', { dest, content: '' }, { notify: ['command'] })
  const desired = desiredOf({ resources: [file], handlers, vars: { facts: {} } })
  const gate = createGate(desired, {
    remote: { host: 'git', port: 22, protocol: 'ssh' },
    elsewhere: async () => null,
    warn: ({ text }) => assert.unreachable(text),
    on: () => {},
    system,
  })
  const changes = [{ field: 'content', before: null, after: '' }]
  const item = { resource: file, state: { stat: null }, changes, notes: [], duration: 0 }
  const judge = await gate({ items: [item], removals: [] })
  assert.equal(await judge(), { faults: [], newer: null })
  return system.done.some((line) => line.includes('/dev/tcp'))
}

test('a plain file is not watched for what it can not have broken', async () => {
  assert.is(await isWatched('/etc/motd'), false)
  assert.is(await isWatched('/etc/hosts'), true)
})

test('what a plain file notifies is', async () => {
  const handler = resource('command', { argv: ['ip', 'link', 'set', 'eth0', 'down'] })
  assert.is(await isWatched('/etc/motd', [handler]), true)
})

test('how the node was with a desired state is kept the first time, and asked for the next time', async () => {
  const kept: GoodHealth[] = []
  const goodHealth = {
    load: async () => kept,
    save: async (next: GoodHealth) => void kept.push(next),
  }
  const pass = async (content: string): Promise<void> => {
    const file = resource('copy', { dest: '/etc/motd', content })
    const gate = createGate(desiredOf({ resources: [file], vars: { facts: {} } }), {
      remote: null,
      elsewhere: async () => null,
      goodHealth,
      warn: ({ text }) => assert.unreachable(text),
      on: () => {},
      system: fakeSystem({}),
    })
    const judge = await gate({ items: [], removals: [] })
    assert.equal(await judge(), { faults: [], newer: null })
  }
  for (const content of ['good', 'bad', 'good']) await pass(content)
  assert.is(new Set(kept.map(({ digest }) => digest)).size, 2)
  assert.is(kept.length, 2)
})

test.run()
