import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isInTheWay, parseSockets } from '../../../agent/checks/node/socket.ts'
import { readConfig, unknownContext } from '../../../agent/programs/haproxy/config.ts'
import { readListeners } from '../../../agent/programs/haproxy/listeners.ts'
import type { HaproxyListener } from '../../../agent/programs/haproxy/listeners.ts'

function listenerOf(bind: string, bindV6Only: boolean): HaproxyListener | undefined {
  const text = `frontend a\n bind ${bind}\n`
  return readListeners(readConfig([{ path: 'haproxy.cfg', text }], unknownContext), bindV6Only)[0]
}

/** What haproxy binds, what another process has (as ss shows it), and whether haproxy 2.6 and 3.0 failed. */
const cases: readonly (readonly [bind: string, held: string, fails: boolean])[] = [
  [':91', 'tcp 0.0.0.0:91', true],
  [':91', 'tcp 192.0.2.11:91', true],
  [':91', 'tcp 127.0.0.1:91', true],
  ['127.0.0.1:91', 'tcp 0.0.0.0:91', true],
  ['127.0.0.1:91', 'tcp 192.0.2.11:91', false],
  ['192.0.2.11:91', 'tcp *:91', true],
  ['192.0.2.11:91', 'tcp [::]:91', false],
  [':91', 'tcp *:91', true],
  [':91', 'tcp [::1]:91', false],
  [':91', 'tcp [::ffff:127.0.0.1]:91', true],
  [':::91', 'tcp 0.0.0.0:91', true],
  [':::91 v6only', 'tcp 0.0.0.0:91', false],
  [':::91 v4v6', 'tcp 0.0.0.0:91', true],
  [':::91', 'tcp 192.0.2.11:91', true],
  ['[::1]:91', 'tcp [::]:91', true],
  ['[::1]:91', 'tcp 0.0.0.0:91', false],
  [':91 interface host0', 'tcp 0.0.0.0:91', true],
  [':91 interface host0', 'tcp 0.0.0.0%lo:91', false],
  [':91 interface host0', 'tcp 0.0.0.0%host0:91', true],
  [':91', 'tcp 0.0.0.0%lo:91', true],
  [':91', 'udp 0.0.0.0:91', false],
]
for (const [bind, held, fails] of cases) {
  test(`bind ${bind} against ${held}`, () => {
    const listener = listenerOf(bind, false)
    const [protocol = '', local = ''] = held.split(' ')
    const [socket] = parseSockets(`${protocol} LISTEN 0 128 ${local} *:*`)
    assert.ok(listener && socket)
    assert.is(isInTheWay(socket, listener), fails)
  })
}

test('with bindv6only a wildcard is of IPv6 alone', () => {
  assert.equal(listenerOf(':::91', true)?.families, ['ipv6'])
})

test('reads what ss prints', () => {
  const text = [
    'udp UNCONN 0 0 127.0.0.53%lo:53 0.0.0.0:* users:(("systemd-resolve",pid=9,fd=13))',
    'tcp LISTEN 0 511 [fe80::1]%eth0:80 [::]:* users:(("nginx",pid=3,fd=6),("nginx",pid=2,fd=6),("nginx",pid=2,fd=7))',
    'tcp LISTEN 0 4096 *:9100 *:*',
    'nl UNCONN 0 0 rtnl:kernel *',
    '',
  ]
  assert.equal(parseSockets(text.join('\n')), [
    {
      protocol: 'udp',
      families: ['ipv4'],
      address: '127.0.0.53',
      port: 53,
      device: 'lo',
      pids: [9],
      text: '127.0.0.53%lo:53',
    },
    {
      protocol: 'tcp',
      families: ['ipv6'],
      address: 'fe80::1',
      port: 80,
      device: 'eth0',
      pids: [3, 2],
      text: '[fe80::1]%eth0:80',
    },
    {
      protocol: 'tcp',
      families: ['ipv4', 'ipv6'],
      address: null,
      port: 9100,
      device: null,
      pids: [],
      text: '*:9100',
    },
  ])
})

test.run()
