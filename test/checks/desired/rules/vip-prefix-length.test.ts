import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { vipPrefixLength } from '../../../../agent/checks/desired/rules/vip-prefix-length.ts'
import { host } from '../state.ts'

const cases: readonly (readonly [string, string, readonly string[], string | null])[] = [
  ['/32', '192.0.2.101/32', ['192.0.2.11'], null],
  ['no length is /32', '192.0.2.101', ['192.0.2.11'], null],
  ['the length of the network', '192.0.2.101/24', ['192.0.2.11'], 'write 192.0.2.101/32'],
  ['a longer one that holds both', '192.0.2.101/25', ['192.0.2.11'], 'write 192.0.2.101/32'],
  ['a network of its own', '198.51.100.1/24', ['192.0.2.11'], null],
  ['an address that is known by its name', '192.0.2.101/24', ['lb1.example.com'], null],
  ['the VIP is the only address known', '192.0.2.101/24', ['192.0.2.101'], null],
  ['IPv6', '2001:db8::101/64', ['192.0.2.11', '2001:db8::11'], 'write 2001:db8::101/128'],
  ['IPv6, /128', '2001:db8::101/128', ['2001:db8::11'], null],
]

for (const [name, vip, addresses, expected] of cases) {
  test(name, () => {
    const text = `vrrp_instance VI_1 {\nvirtual_ipaddress {\n${vip}\n}\n}`
    const self = host('lb1', addresses, { keepalived: text })
    const found = vipPrefixLength.check({ self, peers: [], remote: null })
    assert.is(found.length, expected === null ? 0 : 1)
    if (expected === null) return
    assert.is(found[0]?.level, 'warning')
    assert.match(found[0]?.message ?? '', expected)
  })
}

test.run()
