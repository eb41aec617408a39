import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { observeHaproxy, toBackends } from '../../agent/health/haproxy-health.ts'
import { parseServersState, parseStat } from '../../agent/programs/haproxy/socket.ts'
import type { Machine } from '../fake-machine.ts'
import { fakeSystem } from '../fake-system.ts'
import { readSample } from './sample.ts'

const scope = { unit: 'haproxy.service', file: '/etc/haproxy.cfg', socket: '/run/admin.sock' }

function answers(prefix: string): Readonly<Record<string, string>> {
  return {
    'show info': readSample('haproxy-2.6-show-info.txt'),
    'show stat -1 4 -1': readSample(`${prefix}-show-stat.txt`),
    'show servers state': readSample(`${prefix}-show-servers-state.txt`),
    'show env EVENKEEL_FINGERPRINT': 'EVENKEEL_FINGERPRINT=aa\n\n',
  }
}

const machine: Machine = {
  files: {
    '/etc/haproxy.cfg': `global
  setenv EVENKEEL_FINGERPRINT aa
frontend in
  bind *:80
  bind *:9000-9001
  bind :::81 v4v6
backend web-server
  server web1 192.0.2.21:80 check inter 20s
`,
  },
  units: { 'haproxy.service': {} },
  processes: {
    7: {
      exe: '/usr/sbin/haproxy',
      argv: ['haproxy'],
      cgroup: '/system.slice/haproxy.service',
      listens: [80, 9000],
    },
    8: {
      exe: '/usr/bin/other',
      argv: ['other'],
      cgroup: '/system.slice/x.service',
      listens: [9001],
    },
  },
  sockets: { '/run/admin.sock': answers('haproxy-2.6') },
}

test('a running haproxy tells what it is', async () => {
  const seen = await observeHaproxy(scope, fakeSystem(machine))
  assert.is(seen.unit, 'running')
  assert.is(seen.pid, 5504)
  assert.equal(seen.fingerprint, { onDisk: 'aa', running: 'aa', isAnswering: true })
  assert.equal(seen.connections, { current: 0, limit: 8000 })
  assert.is(seen.checkTime, 60_000)
  assert.equal(
    seen.backends?.map(({ name, servers }) => [name, servers.map(({ check }) => check)]),
    [['web-server', ['passed', 'failed']]],
  )
})

test('a port counts when a process of the unit listens on all of it', async () => {
  const { binds } = await observeHaproxy(scope, fakeSystem(machine))
  assert.equal(binds, [
    { name: '*:80', isListening: true },
    { name: '*:9000-9001', isListening: false },
    { name: ':::81', isListening: false },
  ])
})

test('what the command line of the process names is expected, and nothing else', async () => {
  const argv = ['haproxy', '-Ws', '-f', '/etc/haproxy.cfg', '-f', '/etc/conf.d']
  const files = {
    '/etc/haproxy.cfg': 'frontend off\n  disabled\n  bind :81\nfrontend on\n  bind ":80"\n',
    '/etc/conf.d/a.cfg': 'peers p\n  disabled\n  bind :82\nlisten b\n  bind :83\n',
  }
  const worker = { exe: '/usr/sbin/haproxy', argv, cgroup: '/system.slice/haproxy.service' }
  const processes = { ...machine.processes, 5504: worker }
  const { binds } = await observeHaproxy(scope, fakeSystem({ ...machine, files, processes }))
  assert.equal(binds, [
    { name: ':80', isListening: true },
    { name: ':83', isListening: false },
  ])
})

test('a haproxy that says nothing has no pid and no servers', async () => {
  const seen = await observeHaproxy(scope, fakeSystem({ ...machine, sockets: {} }))
  assert.is(seen.pid, null)
  assert.is(seen.connections, null)
  assert.is(seen.backends, null)
  assert.is(seen.fingerprint.running, null)
})

test('a list of servers that does not come is not an empty one', async () => {
  const { 'show stat -1 4 -1': _, ...others } = answers('haproxy-2.6')
  const seen = await observeHaproxy(
    scope,
    fakeSystem({ ...machine, sockets: { '/run/admin.sock': others } }),
  )
  assert.is(seen.pid, 5504)
  assert.is(seen.backends, null)
})

test('a node without haproxy', async () => {
  const seen = await observeHaproxy(scope, fakeSystem({}))
  assert.is(seen.unit, 'absent')
  assert.equal(seen.binds, [])
})

/** Half a second after a reload with `load-server-state-from-file` and 20 s between two checks. */
function restored(uptime: number): Readonly<Record<string, string>> {
  const stats = parseStat(readSample('haproxy-2.6-restored-show-stat.txt')) ?? []
  const admins = parseServersState(readSample('haproxy-2.6-restored-show-servers-state.txt'))
  const intervals = { longest: 20_000, byServer: new Map([['web-server/web1a', 1_000]]) }
  const [only] = toBackends(stats, admins, uptime, intervals)
  return Object.fromEntries(
    (only?.servers ?? []).map(({ name, check, isForced }) => [
      name,
      isForced ? `${check}, forced` : check,
    ]),
  )
}

test('what the old worker found is not taken for a check of the new one', () => {
  assert.equal(restored(500), {
    web1: 'passed',
    web1c: 'none, forced',
    web1b: 'restored',
    web1a: 'restored',
    web2: 'restored',
    gone: 'none',
    off: 'none',
    plain: 'none',
  })
})

test('once its first check must be over, a server is believed', () => {
  assert.is(restored(1_500)['web1a'], 'passed')
  assert.is(restored(1_500)['web1b'], 'restored')
  assert.is(restored(20_500)['web1b'], 'passed')
  assert.is(restored(20_500)['web2'], 'failed')
})

test('a check on its way may be the first', () => {
  const text = readSample('haproxy-2.6-restored-show-stat.txt').replaceAll(',L4TOUT,', ',* L4TOUT,')
  const check = (uptime: number): string | undefined =>
    toBackends(parseStat(text) ?? [], [], uptime, {
      longest: 2_000,
      byServer: new Map(),
    })[0]?.servers.find(({ name }) => name === 'web2')?.check
  assert.is(check(2_500), 'restored')
  assert.is(check(4_500), 'failed')
})

test.run()
