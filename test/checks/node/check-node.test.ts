import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkNode } from '../../../agent/checks/node/check-node.ts'
import { readWanted } from '../../../agent/checks/node/wanted.ts'
import type { Desired } from '../../../agent/roles/resource.ts'
import { desiredOf, resource } from '../../desired.ts'
import { fakeSystem } from '../../fake-system.ts'
import { linesOf } from '../../lines-of.ts'

const place = { file: 'roles/x/tasks/main.yml', line: 7 }

function desire(
  ...tasks: readonly (readonly [string, Readonly<Record<string, unknown>>])[]
): Desired {
  const facts = { all_ipv4_addresses: ['192.0.2.11', '10.0.0.1'] }
  return desiredOf({
    resources: tasks.map(([kind, raw]) => resource(kind, raw, { place })),
    vars: { ansible_host: '192.0.2.11', facts },
  })
}

test('knows what a run makes', () => {
  const wanted = readWanted(
    desire(
      ['copy', { dest: '/usr/local/libexec/check', content: '#!/bin/sh\n', mode: '0755' }],
      ['file', { path: '/srv/jail', state: 'directory' }],
      ['file', { path: '/srv/old', state: 'absent' }],
      ['command', { argv: ['systemd-tmpfiles', '--create'], creates: '/run/vrrp/fault' }],
      ['sysctl', { name: 'net.ipv4.ip_nonlocal_bind', value: 1 }],
      ['service', { name: 'nginx', state: 'stopped' }],
    ),
  )
  assert.equal([...wanted.folders].sort(), [
    '/',
    '/etc',
    '/etc/sysctl.d',
    '/run',
    '/run/vrrp',
    '/srv',
    '/srv/jail',
    '/usr',
    '/usr/local',
    '/usr/local/libexec',
  ])
  assert.is(wanted.files.get('/usr/local/libexec/check')?.mode, 0o755)
  assert.is(wanted.sysctls.get('net/ipv4/ip_nonlocal_bind'), '1')
  assert.is(wanted.units[0]?.name, 'nginx.service')
  assert.equal(wanted.addresses, ['192.0.2.11', '192.0.2.11', '10.0.0.1'])
})

const config = '/etc/haproxy/haproxy.cfg'
const desired = desire([
  'copy',
  { dest: config, content: 'global\nchroot /link\nfrontend a\nbind :80\n' },
])
const machine = {
  files: {
    '/link': { type: 'link', target: 'srv/jail' },
    '/srv/jail': { type: 'directory', mode: '0777' },
    '/proc/1/status': 'CapEff:\t000001ffffffffff\n',
  },
  processes: {
    812: {
      exe: '/usr/sbin/nginx (deleted)',
      argv: ['nginx', '-g'],
      cgroup: '/system.slice/nginx.service',
    },
  },
  commands: {
    'ss -Hlntup': {
      reads: true,
      stdout: 'tcp LISTEN 0 511 *:80 *:* users:(("nginx",pid=812,fd=6))\n',
    },
    'ip -json address show': { reads: true, stdout: '' },
    'ip -4 -json route show table local type local': { reads: true, code: 1 },
  },
} as const

test('refuses, warns, and changes nothing', async () => {
  const system = fakeSystem(machine)
  const { problems, warnings } = await checkNode({ desired, changing: new Set([config]) }, system)
  assert.is(problems.length, 1)
  assert.equal([problems[0]?.place, problems[0]?.code], [place, 'haproxy-port-held'])
  assert.match(
    problems[0]?.message ?? '',
    /cfg:4 bind :80: pid 812 \(nginx -g\) of nginx\.service has \*:80.*\[haproxy-port-held\]$/,
  )
  assert.is(warnings.length, 1)
  assert.match(
    linesOf(warnings),
    /^haproxy-folders roles\/x\/tasks\/main\.yml:7: .*chroot \/link.*\[haproxy-folders\]$/,
  )
  assert.equal(system.done, [])
})

test('what this run does not touch is no reason to refuse it', async () => {
  const { problems, warnings } = await checkNode(
    { desired, changing: new Set(['/etc/motd']) },
    fakeSystem(machine),
  )
  assert.equal(problems, [])
  assert.is(warnings.length, 2)
})

test('a haproxy whose executable was upgraded is still the one that this run ends', async () => {
  const unit = desire([
    'service',
    { name: 'haproxy', state: 'started', exclusive: '/usr/sbin/haproxy' },
  ])
  const resources = [...desired.resources, ...unit.resources]
  const exe = '/usr/sbin/haproxy (deleted)'
  const processes = { 812: { exe, argv: ['haproxy'], cgroup: '/system.slice/keepalived.service' } }
  const { problems } = await checkNode(
    { desired: { ...desired, resources }, changing: new Set([config]) },
    fakeSystem({ ...machine, processes }),
  )
  assert.equal(problems, [])
})

test('without ss and ip, what they tell is not judged', async () => {
  const failing = { reads: true, code: 1 }
  const commands = { ...machine.commands, 'ss -Hlntup': failing, 'ip -json address show': failing }
  const { problems } = await checkNode(
    { desired, changing: new Set([config]) },
    fakeSystem({ ...machine, commands }),
  )
  assert.equal(problems, [])
})

test.run()
