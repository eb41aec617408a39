import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readHaproxyBinds } from '../../../agent/programs/haproxy/haproxy-bind.ts'

/** The words behind `bind`, and where haproxy 2.6 listens: protocol, family, address, ports. */
const cases: readonly (readonly [string, readonly string[]])[] = [
  [':80', ['tcp ipv4 any 80-80']],
  ['*:80', ['tcp ipv4 any 80-80']],
  ['0.0.0.0:80 # all', ['tcp ipv4 any 80-80']],
  ['192.0.2.101:443 ssl crt /etc/ssl/a.pem', ['tcp ipv4 192.0.2.101 443-443']],
  [':80,192.0.2.101:8080', ['tcp ipv4 any 80-80', 'tcp ipv4 192.0.2.101 8080-8080']],
  [':8000-8009', ['tcp ipv4 any 8000-8009']],
  ['[::]:80 v6only', ['tcp ipv6 any 80-80']],
  [':::80 v4v6', ['tcp ipv4 any 80-80', 'tcp ipv6 any 80-80']],
  ['[2001:db8::1]:80', ['tcp ipv6 2001:db8::1 80-80']],
  ['2001:db8::1:80', ['tcp ipv6 2001:db8::1 80-80']],
  ['ipv6@:80', ['tcp ipv6 any 80-80']],
  ['ipv4@*:80', ['tcp ipv4 any 80-80']],
  ['quic4@:443 ssl crt x alpn h3', ['udp ipv4 any 443-443']],
  ['quic6@[::]:443', ['udp ipv6 any 443-443']],
  ['"*:81" name a', ['tcp ipv4 any 81-81']],
  ['/run/haproxy/front.sock mode 660', []],
  ['unix@/run/x.sock', []],
  ['abns@front', []],
  ['fd@3', []],
  ['"${ADDRESS}:80"', []],
  ['lb1.example.com:80', []],
]
for (const [words, expected] of cases) {
  test(`bind ${words}`, () => {
    const binds = readHaproxyBinds(`frontend a\n  bind ${words}\n`)
    const found = binds.map(
      (it) => `${it.protocol} ${it.family} ${it.address ?? 'any'} ${it.first}-${it.last}`,
    )
    assert.equal(found, expected)
    assert.ok(binds.every((it) => it.line === 2))
  })
}

test('reads bind lines alone', () => {
  const text = '# bind :1\nglobal\n  stats socket :9999\nfrontend a\n  #bind :2\n  option bind :3\n'
  assert.equal(readHaproxyBinds(text), [])
})

test.run()
