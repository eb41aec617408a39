import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readDpkgStatus } from '../../agent/resources/package/dpkg-status.ts'
import { readUnit } from '../../agent/resources/service/unit.ts'
import { askTogether } from '../../agent/resources/together.ts'
import type { System } from '../../agent/system/system.ts'
import type { Machine } from '../fake-machine.ts'
import { fakeSystem } from '../fake-system.ts'

/** A fake machine with the commands that were run on it, those that only read included. */
function enter(machine: Machine) {
  const inner = fakeSystem(machine)
  const asked: string[] = []
  const system: System = {
    ...inner,
    run(argv, options) {
      asked.push(argv.filter((word) => !/^-|[$,]/.test(word)).join(' '))
      return inner.run(argv, options)
    },
  }
  return { system, asked }
}

const units: Machine = {
  units: {
    'a.service': { properties: { ActiveState: 'active' } },
    'b.service': { properties: { ActiveState: 'inactive' } },
  },
}

test('units that are asked for at the same time take one command', async () => {
  const { system, asked } = enter(units)
  const names = ['a.service', 'b.service', 'none.service', 'a.service']
  const found = await Promise.all(names.map((name) => readUnit(name, system)))
  assert.equal(asked, ['systemctl show a.service b.service none.service'])
  assert.equal(
    found.map(({ load, active }) => `${load} ${active}`),
    ['loaded active', 'loaded inactive', 'not-found inactive', 'loaded active'],
  )
  await readUnit('a.service', system)
  assert.is(asked.length, 2, 'nothing is remembered')
})

test('what systemd does not tell of one unit it tells of the others', async () => {
  const { system } = enter(units)
  const strict: System = {
    ...system,
    async run(argv, options) {
      const result = await system.run(argv, options)
      return argv.includes('b.service') ? { ...result, code: 1, stderr: 'no' } : result
    },
  }
  const [a, b] = await Promise.allSettled([
    readUnit('a.service', strict),
    readUnit('b.service', strict),
  ])
  assert.is(a.status, 'fulfilled')
  assert.match(b.status === 'rejected' ? String(b.reason) : '', 'does not tell about b.service: no')
})

test('an error is an error for all who asked', async () => {
  const { system } = enter({})
  const ask = askTogether<string, System>(async () => {
    throw new Error('no')
  })
  const all = await Promise.allSettled([ask('a', system), ask('b', system)])
  assert.ok(all.every(({ status }) => status === 'rejected'))
})

const packages = (status: string, mtime: string): Machine => ({
  packages: { haproxy: status, socat: 'installed' },
  files: { '/var/lib/dpkg/status': { content: '', mtime } },
})

test('dpkg is asked again once its database has changed', async () => {
  const first = enter(packages('installed', '2024-01-01T00:00:00Z'))
  const ask = (system: System) =>
    Promise.all(['haproxy', 'socat', 'none'].map((name) => readDpkgStatus(name, system)))
  for (const _ of [1, 2]) assert.equal(await ask(first.system), ['installed', 'installed', null])
  assert.equal(first.asked, ['dpkg-query haproxy socat none'])

  const later = enter(packages('config-files', '2024-01-02T00:00:00Z'))
  const upgraded = { ...later.system, run: first.system.run }
  await ask(upgraded)
  assert.is(first.asked.length, 2)
})

test('a database that can not be looked at is asked each time', async () => {
  const { system, asked } = enter({ packages: { haproxy: 'installed' } })
  for (const _ of [1, 2]) assert.is(await readDpkgStatus('haproxy', system), 'installed')
  assert.is(asked.length, 2)
})

test.run()
