import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseBindAddress } from '../../../agent/programs/haproxy/bind-address.ts'

/** An address, and where haproxy listens: protocol, family, address, ports; a file; or nothing of those. */
const cases: readonly (readonly [string, string])[] = [
  [':80', 'tcp ipv4 any 80-80'],
  [':9000', 'tcp ipv4 any 9000-9000'],
  ['*:80', 'tcp ipv4 any 80-80'],
  ['0.0.0.0:80', 'tcp ipv4 any 80-80'],
  ['192.0.2.21:80', 'tcp ipv4 192.0.2.21 80-80'],
  ['127.0.0.1:8000-8009', 'tcp ipv4 127.0.0.1 8000-8009'],
  [':::80', 'tcp ipv6 any 80-80'],
  ['[::]:80', 'tcp ipv6 any 80-80'],
  ['0:0::0:80', 'tcp ipv6 any 80-80'],
  ['::1:80', 'tcp ipv6 ::1 80-80'],
  ['[2001:db8::1]:80', 'tcp ipv6 2001:db8::1 80-80'],
  ['2001:db8::1:80', 'tcp ipv6 2001:db8::1 80-80'],
  ['ipv4@:80', 'tcp ipv4 any 80-80'],
  ['ipv6@:80', 'tcp ipv6 any 80-80'],
  ['ipv6@*:80', 'tcp ipv6 any 80-80'],
  ['ipv6@192.0.2.21:80', 'nothing'],
  ['ipv4@[::1]:80', 'nothing'],
  ['ip@[::1]:80', 'tcp ipv6 ::1 80-80'],
  ['tcp6@:80', 'tcp ipv6 any 80-80'],
  ['mptcp4@:80', 'tcp ipv4 any 80-80'],
  ['quic4@:443', 'udp ipv4 any 443-443'],
  ['quic6@[::]:443', 'udp ipv6 any 443-443'],
  ['quic+ipv6@:443', 'udp ipv6 any 443-443'],
  ['udp@192.0.2.21:514', 'udp ipv4 192.0.2.21 514-514'],
  ['/run/haproxy/a.sock', 'file /run/haproxy/a.sock'],
  ['unix@/run/a.sock', 'file /run/a.sock'],
  ['unix@a:80', 'file a:80'],
  ['uxst@/run/a.sock', 'file /run/a.sock'],
  ['abns@front', 'nothing'],
  ['abnsz@front:80', 'nothing'],
  ['fd@3', 'nothing'],
  ['sockpair@4', 'nothing'],
  ['rhttp@backend/server', 'nothing'],
  ['lb1.example.com:80', 'nothing'],
  ['192.0.2.21', 'nothing'],
  [':', 'nothing'],
  [':\0', 'nothing'],
  ['\0:80', 'nothing'],
]
for (const [text, expected] of cases) {
  test(text.replaceAll('\0', '?'), () => {
    const found = parseBindAddress(text, false)
    const shown =
      found.type === 'internet'
        ? `${found.protocol} ${found.family} ${found.address ?? 'any'} ${found.first}-${found.last}`
        : found.type === 'file'
          ? `file ${found.path}`
          : 'nothing'
    assert.is(shown, expected)
  })
}

test('a dgram-bind is UDP', () => {
  const found = parseBindAddress('127.0.0.1:514', true)
  assert.is(found.type === 'internet' && found.protocol, 'udp')
})

test.run()
