import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bindTwice } from '../../../../agent/checks/desired/rules/bind-twice.ts'
import { sampleHost } from '../sample.ts'
import { host } from '../state.ts'

function check(haproxy: string): readonly string[] {
  const self = host('lb1', ['192.0.2.11'], { haproxy })
  return bindTwice
    .check({ self, peers: [], remote: null })
    .map(({ level, message }) => `${level} ${message}`)
}

test('two frontends on one port', () => {
  const [found = '', ...more] = check('frontend a\n  bind *:443\nfrontend b\n  bind *:443 ssl\n')
  assert.equal(more, [])
  assert.match(
    found,
    /^error \/etc\/haproxy\/haproxy\.cfg:4 "bind \*:443" of frontend b is on the address and port of \/etc\/haproxy\/haproxy\.cfg:2 "bind \*:443" of frontend a: .* by chance; leave one/,
  )
})

test('one line twice is of no consequence', () => {
  assert.match(check('frontend a\n  bind *:80\n  bind *:80\n').join(), /^warning .* do the same/)
})

test('a wildcard beside an address', () => {
  assert.equal(check('frontend a\n  bind *:80\nlisten b\n  bind 192.0.2.101:80\n'), [])
})

test('two frontends of the role', async () => {
  const self = await sampleHost('lb1', {
    haproxy_frontends: [
      { name: 'web', binds: [{ port: 80 }] },
      { name: 'again', binds: [{ address: '*', port: 80 }] },
    ],
  })
  const [found] = bindTwice.check({ self, peers: [], remote: null })
  assert.match(found?.message ?? '', /"bind \*:80" of frontend again .* of frontend web/)
})

test.run()
