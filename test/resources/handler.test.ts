import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { kinds } from '../../agent/resources/index.ts'
import { service } from '../../agent/resources/service/service.ts'
import type { Machine } from '../fake-machine.ts'
import { fakeSystem } from '../fake-system.ts'

const place = { file: 'tasks/main.yml', line: 1 }

for (const [kind, raw, isHandler] of [
  ['service', { name: 'a', state: 'started' }, false],
  ['service', { name: 'a', enabled: true }, false],
  ['service', { name: 'a', state: 'restarted' }, true],
  ['service', { name: 'a', state: 'reloaded' }, true],
  ['command', { argv: ['a'] }, true],
  ['command', { argv: ['a'], creates: '/a' }, false],
  ['command', { argv: ['a'], removes: '/a' }, false],
] as const) {
  test(`${kind} ${JSON.stringify(raw)} ${isHandler ? 'is for handlers' : 'can be a task'}`, () => {
    const found = kinds.get(kind)
    assert.is(typeof found?.handlerOnly?.(found.parse(raw, place)) === 'string', isHandler)
  })
}

async function actedAt(
  state: string,
  machine: Machine,
  more: Readonly<Record<string, unknown>> = {},
): Promise<number | null | undefined> {
  const spec = service.parse({ name: 'a', state, ...more }, place)
  return service.reload?.actedAt(spec, await service.observe(spec, fakeSystem(machine)))
}

const properties = {
  InactiveExitTimestamp: 'Mon 2024-01-01 10:00:00.000000 UTC',
  StateChangeTimestamp: 'Mon 2024-01-01 11:00:00.000000 UTC',
}

test('a reload counts as a reload, and not as a restart', async () => {
  const machine = { units: { 'a.service': { properties } } }
  assert.is(await actedAt('reloaded', machine), Date.parse('2024-01-01T11:00:00Z'))
  assert.is(await actedAt('restarted', machine), Date.parse('2024-01-01T10:00:00Z'))
})

test('a unit that is down has not acted', async () => {
  const down = { ...properties, ActiveState: 'failed' }
  assert.is(await actedAt('reloaded', { units: { 'a.service': { properties: down } } }), null)
})

test('a reload that did not take is none', async () => {
  const files = { '/a.cfg': 'global\nsetenv EVENKEEL_FINGERPRINT bbb\n' }
  const units = { 'a.service': { properties } }
  const fingerprint = { file: '/a.cfg', socket: '/a.sock' }
  for (const [running, expected] of [
    ['aaa', null],
    ['bbb', Date.parse('2024-01-01T11:00:00Z')],
  ] as const) {
    const answers = { 'show env EVENKEEL_FINGERPRINT': `EVENKEEL_FINGERPRINT=${running}\n` }
    const machine = { files, units, sockets: { '/a.sock': answers } }
    assert.is(await actedAt('reloaded', machine, { fingerprint }), expected)
  }
})

test.run()
