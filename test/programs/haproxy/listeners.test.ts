/** What listeners-real.test.ts can't see: what depends on more than the files, unix sockets, and what a line says. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readConfig, unknownContext } from '../../../agent/programs/haproxy/config.ts'
import type { HaproxyConfig } from '../../../agent/programs/haproxy/config.ts'
import { readListeners, readSocketFiles } from '../../../agent/programs/haproxy/listeners.ts'

const read = (lines: readonly string[], localPeer: string | null = null): HaproxyConfig =>
  readConfig([{ path: 'a.cfg', text: lines.join('\n') }], { ...unknownContext, localPeer })

/** `bind :80`, with a ? where only haproxy can tell. */
function show(config: HaproxyConfig): string {
  const shown = readListeners(config).map(({ text, isCertain }) => text + (isCertain ? '' : '?'))
  return shown.join(', ')
}

const cases: Readonly<Record<string, readonly [lines: readonly string[], expected: string]>> = {
  'a condition on the build': [
    ['frontend a', '.if feature(QUIC)', 'bind quic4@:443', '.else', 'bind :80', '.endif'],
    'bind quic4@:443?, bind :80?',
  ],
  'an environment that is not known': [
    ['frontend a', 'bind "${A}:80,:81" name "$B"', 'bind :82', '.if defined(C)', 'disabled'],
    'bind :81?, bind :82?',
  ],
  'a variable of the files': [
    ['global', 'setenv PORT 80', 'frontend a', 'bind ":${PORT}"', 'bind :$PORT'],
    'bind :80, bind :80',
  ],
  'one that may be set': [
    ['global', '.if feature(X)', 'setenv PORT 80', '.endif', 'frontend a', 'bind ":${PORT}"'],
    '',
  ],
  'another network': [['frontend a', 'bind :80 namespace x', 'bind :81'], 'bind :81'],
  'no host names': [['frontend a', 'bind localhost:80,:81'], 'bind :81'],
  'all kinds of lines': [
    [
      'global',
      'stats socket ipv4@127.0.0.1:9999 level admin',
      'log-forward l',
      'bind :514',
      'dgram-bind :514',
      'backend b',
      'server a 192.0.2.21:80',
      'listen c',
      'bind :80',
    ],
    'stats socket ipv4@127.0.0.1:9999, bind :514, dgram-bind :514, bind :80',
  ],
}
for (const [name, [lines, expected]] of Object.entries(cases)) {
  test(name, () => assert.is(show(read(lines)), expected))
}

test('peers listen where one of them is this node', () => {
  const peers = ['peers p', 'peer lb1 :1024', 'peer lb2 :1025', 'peers q', 'bind :1026']
  const both = [...peers, 'server lb1', 'server lb2 192.0.2.12:1026']
  assert.is(show(read(peers, 'lb1')), 'peer lb1 :1024')
  assert.is(show(read(both, 'lb1')), 'peer lb1 :1024, bind :1026')
  assert.is(show(read(both, 'lb3')), '')
  assert.is(show(read(both)), 'peer lb1 :1024?, peer lb2 :1025?, bind :1026?')
  const named = ['global', 'localpeer lb2', 'localpeer lb1', ...peers, 'global', 'localpeer lb3']
  assert.is(show(read(named, 'lb9')), 'peer lb1 :1024')
})

test('what is there for visitors is told from what is not', () => {
  const config = read(
    ['global', 'stats socket :1', 'frontend a', 'bind :2', 'peers p', 'bind :3', 'server lb1'],
    'lb1',
  )
  assert.equal(
    readListeners(config).map(({ name, isPublic }) => [name, isPublic]),
    [
      [':1', false],
      [':2', true],
      [':3', false],
    ],
  )
})

test('a wildcard of IPv6 takes IPv4 as the kernel and the line say', () => {
  const families = (words: string, bindV6Only: boolean): string =>
    readListeners(read(['frontend a', `bind ${words}`]), bindV6Only)
      .map((one) => one.families.join('+'))
      .join()
  assert.is(families(':::80', false), 'ipv4+ipv6')
  assert.is(families(':::80', true), 'ipv6')
  assert.is(families(':::80 v4v6', true), 'ipv4+ipv6')
  assert.is(families(':::80 v6only', false), 'ipv6')
  assert.is(families('[::1]:80', false), 'ipv6')
  assert.is(families(':80 v4v6', false), 'ipv4')
})

test('options are read', () => {
  const [found] = readListeners(read(['frontend a', 'bind :80-81 interface eth0 transparent']))
  const { device, isTransparent, first, last, file, line } = found ?? {}
  assert.equal([device, isTransparent, first, last, file, line], ['eth0', true, 80, 81, 'a.cfg', 2])
})

test('a prefix is that of all unix sockets but those for commands', () => {
  const config = read([
    'global',
    'stats socket /run/a.sock',
    'unix-bind mode 660 prefix /var/lib/haproxy/',
    'frontend a',
    'bind unix@/b.sock,abns@c,/d.sock',
    'frontend b',
    'disabled',
    'bind /e.sock',
  ])
  assert.equal(
    readSocketFiles(config).map(({ path, text }) => [path, text]),
    [
      ['/run/a.sock', 'stats socket /run/a.sock'],
      ['/var/lib/haproxy/b.sock', 'bind unix@/b.sock'],
      ['/var/lib/haproxy/d.sock', 'bind /d.sock'],
    ],
  )
})

test.run()
