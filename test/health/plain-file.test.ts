import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isPlainFile } from '../../agent/health/plain-file.ts'
import type { Resource } from '../../agent/roles/resource.ts'
import type { FileStat } from '../../agent/system/system.ts'
import { desiredOf, resource } from '../desired.ts'

/** Whether a file counts as plain, beside what else the node is to have. */
function isPlain(
  file: Readonly<Record<string, unknown>>,
  others: readonly Resource[] = [],
  stat: Partial<FileStat> | null = null,
): boolean {
  const own = resource('copy', { content: 'of /etc/app/own.conf', ...file })
  const item = { resource: own, state: { stat }, changes: [], notes: [], duration: 0 }
  return isPlainFile(item, desiredOf({ resources: [own, ...others] }))
}

for (const dest of ['/etc/motd', '/etc/cron.d/backup', '/srv/www/index.html', '/root/.bashrc']) {
  test(`${dest} is plain`, () => assert.is(isPlain({ dest }), true))
}

for (const dest of [
  '/etc/hosts',
  '/etc/resolv.conf',
  '/etc/nsswitch.conf',
  '/etc/ld.so.preload',
  '/etc/systemd/network/10-lan.network',
  '/etc/network/interfaces',
  '/etc/sysctl.d/10-own.conf',
  '/etc/modprobe.d/own.conf',
  '/etc/haproxy/errors/503.http',
  '/etc/keepalived/track',
  '/run/evenkeel-vrrp/drain',
  '/proc/sys/net/ipv4/ip_forward',
  '/usr/lib/own.so',
]) {
  test(`${dest} is not`, () => assert.is(isPlain({ dest }), false))
}

test('nor is what somebody may run, or could run before', () => {
  const dest = '/usr/local/bin/backup'
  assert.is(isPlain({ dest }), true)
  assert.is(isPlain({ dest, mode: '0755' }), false)
  assert.is(isPlain({ dest }, [], { type: 'file', mode: 0o700 }), false)
  assert.is(isPlain({ dest }, [], { type: 'link', mode: 0o777 }), false)
})

test('nor what another file of the desired state names, or its folder', () => {
  const dest = '/etc/app/own.conf'
  const config = (content: string): readonly Resource[] => [
    resource('copy', { dest: '/etc/haproxy/haproxy.cfg', content }),
  ]
  assert.is(isPlain({ dest }, config('errorfile 503 /etc/other/503.http')), true)
  assert.is(isPlain({ dest }, config('lua-load /etc/app/own.conf')), false)
  assert.is(isPlain({ dest }, config('crt /etc/app/')), false)
  assert.is(isPlain({ dest: '/etc/motd' }, config('chroot /etc')), true)
})

test('nor what a service reads', () => {
  const dest = '/etc/app/own.conf'
  const service = (config: string): readonly Resource[] => [
    resource('service', { name: 'app', state: 'started', config: [config] }),
  ]
  assert.is(isPlain({ dest }, service('/etc/other')), true)
  assert.is(isPlain({ dest }, service('/etc/app')), false)
  assert.is(isPlain({ dest }, service(dest)), false)
})

test('other kinds are nothing plain', () => {
  const own = resource('command', { argv: ['touch', '/etc/motd'], creates: '/etc/motd' })
  const item = { resource: own, state: {}, changes: [], notes: [], duration: 0 }
  const desired = { resources: [own] } as unknown as Parameters<typeof isPlainFile>[1]
  assert.is(isPlainFile(item, desired), false)
})

test.run()
