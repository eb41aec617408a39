import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HealthScope } from '../../agent/health/health-scope.ts'
import { touchedBy } from '../../agent/health/touched.ts'
import type { Resource } from '../../agent/roles/resource.ts'

const scope: HealthScope = {
  haproxy: { unit: 'haproxy.service', file: '/etc/haproxy/haproxy.cfg', socket: '' },
  keepalived: { unit: 'keepalived.service', file: '/etc/keepalived/keepalived.conf' },
  remote: null,
  peers: [],
}

function touched(id: string): string {
  const resource = { id, kind: { name: id.split(' ')[0] } } as unknown as Resource
  return show(touchedBy([resource], [], scope))
}

function show(parts: ReturnType<typeof touchedBy>): string {
  return Object.entries(parts)
    .filter(([, is]) => is)
    .map(([name]) => name)
    .join(' ')
}

for (const [id, parts] of [
  ['template /etc/haproxy/haproxy.cfg', 'haproxy'],
  ['copy /etc/default/haproxy', 'haproxy'],
  ['service haproxy.service', 'haproxy'],
  ['template /etc/keepalived/keepalived.conf', 'keepalived'],
  ['service keepalived.service', 'keepalived'],
  ['file /usr/local/libexec/evenkeel/check-haproxy', 'keepalived'],
  ['command systemd-tmpfiles --create /etc/tmpfiles.d/evenkeel-vrrp.conf', 'keepalived'],
  ['iptables filter EVENKEEL-IN', 'network'],
  ['sysctl net.ipv4.ip_nonlocal_bind', 'network'],
  ['template /etc/rsyslog.d/49-haproxy.conf', ''],
  ['template /etc/rsyslog.d/10-listen.conf', ''],
  ['copy /etc/logrotate.d/other', ''],
  ['service rsyslog.service', ''],
  ['copy /etc/resolv.conf', 'network'],
  ['service systemd-networkd.service', 'network'],
  ['package rsyslog', 'haproxy keepalived network'],
] as const) {
  test(`${id} touches ${parts || 'nothing'}`, () => assert.is(touched(id), parts))
}

test('what is taken away counts, too', () => {
  assert.is(show(touchedBy([], ['ipv4 filter EVENKEEL-IN'], scope)), 'network')
  assert.is(show(touchedBy([], ['/etc/haproxy/errors/503.http'], scope)), 'haproxy')
  assert.is(show(touchedBy([], [], scope)), '')
})

test('a node without haproxy does not know what its files are for', () => {
  const bare = { ...scope, haproxy: null }
  assert.is(show(touchedBy([], ['/etc/haproxy/haproxy.cfg'], bare)), 'network')
})

test.run()
