import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { healthScope } from '../../agent/health/health-scope.ts'
import type { Desired, Resource } from '../../agent/roles/resource.ts'
import { desiredOf, resource } from '../desired.ts'

const haproxy = resource('service', {
  name: 'haproxy',
  state: 'started',
  fingerprint: { file: '/etc/haproxy/haproxy.cfg', socket: '/run/haproxy/admin.sock' },
})
const config = resource('copy', {
  dest: '/etc/keepalived/keepalived.conf',
  content: 'vrrp_instance A {\n unicast_peer {\n 192.0.2.12\n }\n}\n',
})
const keepalived = resource('service', { name: 'keepalived', state: 'started' })

function desired(resources: readonly Resource[], vars: Desired['vars'] = {}): Desired {
  return desiredOf({ resources, vars: { facts: {}, ...vars } })
}

const remote = { host: 'git', port: 22, protocol: 'ssh' }

test('a load balancer is judged for both daemons, its remote and its peer', () => {
  assert.equal(healthScope(desired([haproxy, config, keepalived]), remote), {
    haproxy: {
      unit: 'haproxy.service',
      file: '/etc/haproxy/haproxy.cfg',
      socket: '/run/haproxy/admin.sock',
    },
    keepalived: { unit: 'keepalived.service', file: '/etc/keepalived/keepalived.conf' },
    remote,
    peers: [{ name: '192.0.2.12', address: '192.0.2.12', port: 22 }],
  })
})

test('a node without load balancer is judged for its remote alone', () => {
  assert.equal(healthScope(desired([]), remote), {
    haproxy: null,
    keepalived: null,
    remote,
    peers: [],
  })
  assert.is(healthScope(desired([keepalived]), null).keepalived, null)
})

test('what is to be stopped need not run', () => {
  const stopped = resource('service', { name: 'keepalived', state: 'stopped' })
  assert.is(healthScope(desired([config, stopped]), null).keepalived, null)
})

test('peers have the names of the inventory, and the port of ssh', () => {
  const vars = {
    iptables_ssh_port: 2222,
    keepalived_instances: [{ hosts: ['lb1', 'lb2', 'lb3'] }, { hosts: ['lb4', 'lb5'] }],
    hostvars: { lb2: { ansible_host: '192.0.2.12' }, lb3: {} },
  }
  assert.equal(healthScope(desired([config, keepalived], vars), null).peers, [
    { name: 'lb2', address: '192.0.2.12', port: 2222 },
    { name: 'lb3', address: 'lb3', port: 2222 },
  ])
})

test.run()
