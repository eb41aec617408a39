import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { preflight } from '../../../agent/checks/desired/preflight.ts'
import { untrackedInstances } from '../../../agent/checks/desired/untracked.ts'
import type { Inventory } from '../../../agent/inventory/inventory.ts'
import { desiredOf, resource } from '../../desired.ts'
import { host } from './state.ts'

const haproxy = resource('service', { name: 'haproxy', state: 'started' })
const place = { file: 'inventory/group_vars/all.yml', line: 3 }
const source = {
  inventory: {} as Inventory,
  extraVars: new Map([['keepalived_instances', { value: null, place: () => place }]]),
}

interface Given {
  readonly roles?: readonly string[]
  readonly track?: boolean
  readonly hosts?: readonly string[]
  readonly resources?: readonly ReturnType<typeof resource>[]
}

function find({ roles = ['web', 'keepalived'], track, hosts = ['lb1'], resources }: Given) {
  const instance = { name: 'VI_1', hosts, ...(track !== undefined && { track }) }
  const vars = { roles, keepalived_instances: [instance] }
  return untrackedInstances(desiredOf({ resources: resources ?? [haproxy], vars }), source)
}

const cases: readonly (readonly [string, Given, number])[] = [
  ['a role of its own runs haproxy', {}, 1],
  ['the role haproxy does', { roles: ['haproxy', 'keepalived'] }, 0],
  ['track says yes', { track: true }, 0],
  ['track says no', { track: false }, 0],
  ['nothing runs haproxy', { resources: [] }, 0],
  [
    'haproxy is stopped',
    { resources: [resource('service', { name: 'haproxy', state: 'stopped' })] },
    0,
  ],
  ['an instance of other hosts', { hosts: ['lb2'] }, 0],
]

for (const [name, given, count] of cases) {
  test(name, () => assert.is(find(given).length, count))
}

test('the warning names instance and place', () => {
  const self = { ...host('lb1', ['192.0.2.11']), untracked: find({}) }
  const [found] = preflight({ self, peers: [], remote: null })
  assert.is(found?.rule, 'vip-untracked')
  assert.is(found?.level, 'warning')
  assert.is(found?.place, place)
  assert.match(found?.message ?? '', /VIPs of VI_1 do not follow it: .* set track: yes/)
})

test.run()
