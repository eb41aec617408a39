import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { HealthScope } from '../../agent/health/health-scope.ts'
import { touchedBy } from '../../agent/health/touched.ts'
import type { Doing } from '../../agent/health/touched.ts'
import type { Effects } from '../../agent/resources/effects.ts'
import { kinds } from '../../agent/resources/index.ts'
import type { Resource } from '../../agent/roles/resource.ts'
import type { FileStat } from '../../agent/system/system.ts'
import { resource } from '../desired.ts'
import { sampleDesired } from '../roles/sample-files.ts'

const scope: HealthScope = {
  haproxy: { unit: 'haproxy.service', file: '/etc/haproxy/haproxy.cfg', socket: '' },
  keepalived: { unit: 'keepalived.service', file: '/etc/keepalived/keepalived.conf' },
  remote: null,
  peers: [],
}
const bare: HealthScope = { ...scope, haproxy: null, keepalived: null }

/** What a change of one resource touches, beside what else the node is to have. */
function touched(
  one: Resource,
  others: readonly Resource[] = [cfg()],
  found: Partial<FileStat> | null = null,
  on = scope,
): string {
  return show({ effects: one.effects, found: found as FileStat | null }, [one, ...others], on)
}

function show(doing: Doing, desired: readonly { readonly effects: Effects }[], on = scope): string {
  const parts = touchedBy([doing], { desired: desired.map(({ effects }) => effects), scope: on })
  return Object.entries(parts)
    .filter(([, is]) => is)
    .map(([name]) => name)
    .join(' ')
}

const copy = (dest: string, more: Readonly<Record<string, unknown>> = {}): Resource =>
  resource('copy', { dest, content: `of ${dest}`, ...more })
const cfg = (content = ''): Resource => copy('/etc/haproxy/haproxy.cfg', { content })
const unit = (name: string, more: Readonly<Record<string, unknown>> = {}): Resource =>
  resource('service', { name, state: 'started', ...more })

for (const [one, parts] of [
  [cfg(), 'haproxy'],
  [copy('/etc/haproxy/errors/503.http'), 'haproxy'],
  [copy('/etc/keepalived/keepalived.conf'), 'keepalived'],
  [copy('/run/evenkeel-vrrp/drain'), 'keepalived'],
  [unit('haproxy'), 'haproxy'],
  [unit('keepalived'), 'keepalived'],
  [unit('rsyslog'), ''],
  [unit('systemd-networkd'), 'network'],
  [copy('/etc/rsyslog.d/49-haproxy.conf'), ''],
  [copy('/etc/logrotate.d/haproxy'), ''],
  [copy('/etc/motd'), ''],
  [copy('/etc/cron.d/haproxy-backup'), ''],
  [copy('/opt/notes-about-haproxy.txt'), ''],
  [copy('/home/keepalived/vrrp.txt'), ''],
  [copy('/srv/www/index.html'), ''],
  [resource('lineinfile', { path: '/etc/motd', line: 'x', create: true }), ''],
  [resource('cron', { name: 'haproxy', schedule: '@daily', command: 'true' }), ''],
  [resource('iptables', { chain: 'EVENKEEL-IN' }), 'network'],
  [resource('sysctl', { name: 'net.ipv4.ip_nonlocal_bind', value: 1 }), 'network'],
  [resource('package', { name: 'rsyslog' }), 'haproxy keepalived network'],
  [resource('command', { argv: ['sh', '-c', 'x'] }), 'haproxy keepalived network'],
] as const) {
  test(`${one.id} touches ${parts || 'nothing'}`, () => assert.is(touched(one), parts))
}

for (const path of [
  '/etc/hosts',
  '/etc/resolv.conf',
  '/etc/nsswitch.conf',
  '/etc/ld.so.preload',
  '/etc/systemd/network/10-lan.network',
  '/etc/systemd/system/other.service',
  '/etc/network/interfaces',
  '/etc/sysctl.d/10-own.conf',
  '/etc/modprobe.d/own.conf',
  '/etc/evenkeel/agent.yml',
  '/proc/sys/net/ipv4/ip_forward',
  '/usr/lib/own.so',
]) {
  test(`${path} may break anything`, () => assert.is(touched(copy(path)), 'network'))
}

test('what somebody may run may break anything, now or before', () => {
  const path = '/usr/local/bin/backup'
  const file = copy(path)
  assert.is(touched(file), '')
  assert.is(touched(copy(path, { mode: '0755' })), 'network')
  assert.is(touched(file, [cfg()], { type: 'file', mode: 0o700 }), 'network')
  assert.is(touched(file, [cfg()], { type: 'link', mode: 0o777 }), 'network')
})

test('so may a folder or a link, and a path that goes, unless it is known to be a plain file', () => {
  const file = (state: string, more = {}): Resource =>
    resource('file', { path: '/opt/app', state, ...more })
  const plain = { type: 'file', mode: 0o644 } as const
  assert.is(touched(file('directory')), 'network')
  assert.is(touched(file('link', { src: 'x' })), 'network')
  assert.is(touched(file('absent')), 'network')
  assert.is(touched(file('absent'), [cfg()], plain), '')
  assert.is(touched(file('absent'), [cfg()], { ...plain, type: 'directory' }), 'network')
})

test('a file is read by what lists it, its folder, or what is in it', () => {
  const path = '/etc/app/own.conf'
  const by = (name: string, config: string): string =>
    touched(copy(path), [unit(name, { config: [config] })])
  assert.is(by('haproxy', path), 'haproxy')
  assert.is(by('keepalived', '/etc/app'), 'keepalived')
  assert.is(by('app', '/etc/app'), 'network')
  assert.is(
    by('rsyslog', '/etc/app'),
    'haproxy',
    'and by a haproxy.cfg that is not ours, who knows',
  )
  const folder = resource('file', { path: '/etc/app', state: 'directory', mode: '0700' })
  assert.is(touched(folder, [unit('haproxy', { config: [path] })]), 'haproxy')
})

test('a unit reads its own files, and with them what they name', () => {
  const script = copy('/usr/local/libexec/evenkeel/save', { mode: '0755' })
  const dropIn = copy('/etc/systemd/system/haproxy.service.d/save.conf', {
    content: 'ExecStop=-/usr/local/libexec/evenkeel/save x\n',
  })
  assert.is(touched(dropIn, [cfg(), unit('haproxy')]), 'haproxy')
  assert.is(touched(copy('/etc/default/haproxy'), [cfg(), unit('haproxy')]), 'haproxy')
  assert.is(touched(script, [cfg(), unit('haproxy'), dropIn]), 'haproxy')
  assert.is(touched(script, [cfg(), unit('haproxy')]), 'network', 'nobody is known to call it')
})

test('a file is read by what names it, or names a folder of its own', () => {
  const path = '/etc/app/own.conf'
  for (const [content, parts] of [
    ['errorfile 503 /etc/other/503.http', ''],
    ['lua-load /etc/app/own.conf', 'haproxy'],
    ['crt /etc/app/', 'haproxy'],
    ['crt /etc/app/other.conf', 'haproxy'],
  ] as const) {
    assert.is(touched(copy(path), [cfg(content)]), parts, content)
  }
  assert.is(touched(copy('/etc/motd'), [cfg('chroot /etc')]), '')
  const conf = copy('/etc/keepalived/keepalived.conf', {
    content: 'script "/etc/haproxy/check.sh"',
  })
  assert.is(touched(copy('/etc/haproxy/check.sh'), [cfg(), conf]), 'haproxy keepalived')
})

test('who names it may be named in turn, and files may name each other', () => {
  const lua = copy('/opt/a/a.lua', { content: 'require("/opt/b/b.lua")' })
  const other = copy('/opt/b/b.lua', { content: 'require("/opt/a/a.lua")' })
  assert.is(touched(other, [cfg('lua-load /opt/a/a.lua'), lua]), 'haproxy')
  assert.is(touched(other, [cfg(), lua]), '')
})

test('a plain file that names another reads nothing', () => {
  const notes = copy('/opt/notes.txt', { content: 'see /opt/app/own.conf' })
  assert.is(touched(copy('/opt/app/own.conf'), [cfg(), notes]), '')
  const tool = copy('/usr/local/bin/tool', { content: 'cat /opt/app/own.conf', mode: '0755' })
  assert.is(touched(copy('/opt/app/own.conf'), [cfg(), tool]), 'network')
})

test('where haproxy.cfg is not ours, it may name any file', () => {
  assert.is(touched(copy('/opt/maps/a.map'), []), 'haproxy')
  assert.is(touched(copy('/opt/maps/a.map'), [], null, bare), '')
})

test('a node without haproxy does not know what its files are for', () => {
  assert.is(touched(cfg(), [], null, bare), 'network')
  assert.is(touched(unit('haproxy'), [], null, bare), 'network')
})

for (const [kind, name, parts] of [
  ['iptables', 'ipv4 filter EVENKEEL-IN', 'network'],
  ['iptables', '/etc/evenkeel/firewall/EVENKEEL-IN.v4', 'network'],
  ['sysctl', 'net.core.somaxconn in /etc/sysctl.d/zz-evenkeel.conf', 'network'],
  ['sysctl', '/etc/sysctl.d/zz-evenkeel.conf', 'network'],
  ['copy', '/etc/haproxy/errors/503.http', 'haproxy'],
  ['copy', '/etc/rsyslog.d/49-haproxy.conf', ''],
  ['copy', '/etc/cron.d/backup', ''],
  ['copy', '/usr/local/bin/backup', 'network'],
  ['file', '/etc/app/current', 'network'],
  ['lineinfile', 'in /etc/keepalived/extra.conf: x', 'keepalived'],
  ['lineinfile', 'in /etc/hosts: 192.0.2.1 a', 'network'],
] as const) {
  test(`${kind} ${name} that is taken away touches ${parts || 'nothing'}`, () => {
    const effects = kinds.get(kind)?.ownership?.effects({ name, before: null })
    assert.ok(effects)
    assert.is(show({ effects, found: null }, [cfg()]), parts)
  })
}

test('the built-in roles: each resource of a load balancer', async () => {
  const { resources = [] } = (await sampleDesired('master-master')).get('lb1') ?? {}
  const seen = new Map(
    resources.map(({ id, effects }) => [id, show({ effects, found: null }, resources)]),
  )
  const expected = {
    'file /etc/haproxy/haproxy.cfg': 'haproxy',
    'file /etc/default/haproxy': 'haproxy',
    'file /etc/systemd/system/haproxy.service.d/evenkeel-state.conf': 'haproxy',
    'file /etc/systemd/system/haproxy.service.d/evenkeel-limits.conf': 'haproxy',
    'service haproxy.service': 'haproxy',
    // Also run by a timer, of which nobody knows what it does
    'file /usr/local/libexec/evenkeel/haproxy-state': 'haproxy network',
    'file /etc/systemd/system/evenkeel-haproxy-state.service': 'network',
    'file /etc/systemd/system/evenkeel-haproxy-state.timer': 'network',
    'service evenkeel-haproxy-state.timer': 'network',
    'file /etc/keepalived/keepalived.conf': 'keepalived',
    'file /etc/tmpfiles.d/evenkeel-vrrp.conf': 'keepalived',
    'file /etc/systemd/system/keepalived.service.d/evenkeel.conf': 'keepalived',
    'file /usr/local/libexec/evenkeel/check-haproxy': 'keepalived',
    'file /usr/local/libexec/evenkeel/check-config': 'keepalived',
    'service keepalived.service': 'keepalived',
    'file /usr/local/libexec/evenkeel/load-firewall': 'network',
    'file /etc/systemd/system/evenkeel-firewall.service': 'network',
    'iptables filter EVENKEEL-IN': 'network',
    'service evenkeel-firewall.service': 'network',
    'file /etc/rsyslog.d/49-haproxy.conf': '',
    'file /etc/logrotate.d/haproxy': '',
    'service rsyslog.service': '',
  }
  const others = [...seen].filter(([id]) => !(id in expected))
  assert.equal(Object.fromEntries([...seen].filter(([id]) => id in expected)), expected)
  for (const [id, parts] of others) {
    const isNetwork = id.startsWith('sysctl ')
    assert.is(parts, isNetwork ? 'network' : 'haproxy keepalived network', id)
  }
})

test.run()
