import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fingerprintDrift } from '../../agent/apply/fingerprint-drift.ts'
import { observeAll, observeRemovals } from '../../agent/plan/plan.ts'
import { kinds } from '../../agent/resources/index.ts'
import { resource } from '../desired.ts'
import type { Machine } from '../fake-machine.ts'
import { fakeSystem } from '../fake-system.ts'

const path = '/etc/haproxy/haproxy.cfg'
const resources = [
  resource('copy', { dest: path, content: 'good\n' }),
  resource('service', { name: 'haproxy', state: 'started' }),
]
const owned = [{ kind: 'copy', name: '/etc/old', before: null }]

async function fingerprint(machine: Machine): Promise<string> {
  const system = fakeSystem(machine)
  return fingerprintDrift({
    items: await observeAll(resources, system),
    removals: await observeRemovals(owned, resources, kinds, system),
  })
}

const unit = (ActiveState: string): NonNullable<Machine['units']> => ({
  'haproxy.service': { properties: { ActiveState } },
})

test('the same drift has the same, whatever becomes of units', async () => {
  const files = { [path]: 'by hand\n' }
  const first = await fingerprint({ files, units: unit('active') })
  assert.is(await fingerprint({ files, units: unit('active') }), first)
  assert.is(await fingerprint({ files, units: unit('failed') }), first)
})

test('another one has another: content, mode, absence, what is to be removed', async () => {
  const found = await Promise.all(
    [
      { [path]: 'by hand\n' },
      { [path]: 'by another hand\n' },
      { [path]: { content: 'by hand\n', mode: '0600' } },
      {},
      { '/etc/old': 'old\n' },
    ].map((files) => fingerprint({ files, units: unit('active') })),
  )
  assert.is(new Set(found).size, found.length)
})

test.run()
