import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { notifies } from '../../agent/plan/notifies.ts'
import { observeAll } from '../../agent/plan/plan.ts'
import type { Resource } from '../../agent/roles/resource.ts'
import { resource } from '../desired.ts'
import type { FakeFile } from '../fake-machine.ts'
import { fakeSystem } from '../fake-system.ts'

const config = 'global\nsetenv EVENKEEL_FINGERPRINT f1\n'
const fingerprint = { file: '/etc/a.conf', socket: '/run/a.sock' }
const conf = resource('copy', { dest: '/etc/a.conf', content: config }, { notify: ['Reload a'] })
const service = (more: Readonly<Record<string, unknown>> = { fingerprint }): Resource =>
  resource('service', { name: 'a', state: 'started', config: ['/etc/a.d'], ...more })
const reload = resource('service', { name: 'a', state: 'reloaded' }, { task: 'Reload a' })

interface World {
  readonly file?: Resource
  readonly found: FakeFile
  readonly service?: Resource
  readonly handlers?: readonly Resource[]
  /** What the process says it runs. */
  readonly running?: string
  readonly state?: string
}

/** Handlers that the first resource asks for. */
async function asks({ file = conf, found, ...world }: World): Promise<readonly string[]> {
  const path = file.effects.files[0]?.path ?? ''
  const system = fakeSystem({
    files: { '/etc/a.conf': config, [path]: found },
    units: { 'a.service': { properties: { ActiveState: world.state ?? 'active' } } },
    sockets: {
      '/run/a.sock': {
        'show env EVENKEEL_FINGERPRINT': `EVENKEEL_FINGERPRINT=${world.running ?? 'f1'}\n`,
      },
    },
  })
  const items = await observeAll([file, world.service ?? service()], system)
  const [first] = items
  assert.ok(first && first.changes.length > 0, 'it has drifted')
  return notifies(first, items, world.handlers ?? [reload])
}

const wrongMode = { content: config, mode: '0666' }

test('a wrong mode or owner alone asks nothing of who proves to run this content', async () => {
  assert.equal(await asks({ found: wrongMode }), [])
  assert.equal(await asks({ found: { content: config, owner: 'games' } }), [])
})

test('another content does, and so does a file that was gone, or a link', async () => {
  assert.equal(await asks({ found: { content: 'x', mode: '0666' } }), ['Reload a'])
  assert.equal(await asks({ found: { type: 'directory' } }), ['Reload a'])
  assert.equal(await asks({ found: { type: 'link', target: '/etc/b' } }), ['Reload a'])
})

test('who runs another configuration, or does not run, proves nothing', async () => {
  assert.equal(await asks({ found: wrongMode, running: 'f0' }), ['Reload a'])
  assert.equal(await asks({ found: wrongMode, state: 'failed' }), ['Reload a'])
  assert.equal(await asks({ found: wrongMode, service: service({}) }), ['Reload a'])
})

test('a file beside the fingerprint counts while it is older than the last reload', async () => {
  const content = 'map'
  const below = (dest: string): Resource =>
    resource('copy', { dest, content }, { notify: ['Reload a'] })
  const listed = below('/etc/a.d/x.map')
  const found = { content, mode: '0600' }
  assert.equal(await asks({ file: listed, found }), [])
  const newer = { ...found, mtime: '2024-01-01T13:00:00Z' }
  assert.equal(await asks({ file: listed, found: newer }), ['Reload a'])
  assert.equal(await asks({ file: below('/etc/b.map'), found }), ['Reload a'], 'it is not listed')
})

test('a handler that is no unit, or of another one, is asked', async () => {
  const command = resource('command', { argv: ['x'] }, { task: 'Reload a' })
  const other = resource('service', { name: 'b', state: 'reloaded' }, { task: 'Reload a' })
  assert.equal(await asks({ found: wrongMode, handlers: [command] }), ['Reload a'])
  assert.equal(await asks({ found: wrongMode, handlers: [reload, other] }), ['Reload a'])
})

test('permissions that a task of their own repairs are the same', async () => {
  const file = resource('file', { path: '/etc/a.conf', mode: '0644' }, { notify: ['Reload a'] })
  assert.equal(await asks({ file, found: wrongMode }), [])
})

test.run()
