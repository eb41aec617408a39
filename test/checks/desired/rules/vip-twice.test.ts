import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { vipTwice } from '../../../../agent/checks/desired/rules/vip-twice.ts'
import { host } from '../state.ts'

function check(...instances: readonly (readonly [string, string])[]): readonly string[] {
  const text = instances.map(([name, body]) => `vrrp_instance ${name} {\n${body}\n}`).join('\n')
  const self = host('lb1', ['192.0.2.11'], { keepalived: text })
  return vipTwice.check({ self, peers: [], remote: null }).map(({ level, message }) => {
    assert.is(level, 'error')
    return message
  })
}

const holds = (vip: string): string => `virtual_ipaddress {\n${vip}\n}`
const excludes = (vip: string): string => `virtual_ipaddress_excluded {\n${vip}\n}`

test('each VIP once', () => {
  const both = `${holds('192.0.2.101/32')}\n${excludes('192.0.2.103/32')}`
  assert.equal(check(['VI_1', both], ['VI_2', holds('192.0.2.102/32')]), [])
})

test('one VIP in two instances', () => {
  const found = check(['VI_1', holds('192.0.2.101/32')], ['VI_2', holds('192.0.2.101/24 dev eth0')])
  assert.is(found.length, 1)
  assert.match(
    found[0] ?? '',
    '/etc/keepalived/keepalived.conf:8 192.0.2.101 is in VI_1 and in VI_2',
  )
})

test('one VIP twice in an instance', () => {
  const both = `${holds('192.0.2.101')}\n${excludes('192.0.2.101/32')}`
  assert.match(check(['VI_1', both]).join(), '192.0.2.101 is twice in VI_1')
})

test('one IPv6 VIP in two spellings', () => {
  const found = check(['A', holds('2001:db8::1/128')], ['B', holds('2001:DB8:0::1/64')])
  assert.match(found.join(), 'is in A and in B')
})

test.run()
