/** What only this node knows of a VIP: its gateway and its networks. The rest is in validate-hosts.test.ts. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { vipNoHost } from '../../../../agent/checks/desired/rules/vip-no-host.ts'
import { vipTaken } from '../../../../agent/checks/desired/rules/vip-taken.ts'
import { host } from '../state.ts'

function check(vip: string): readonly string[] {
  const keepalived = `vrrp_instance VI_1 {\nvirtual_ipaddress {\n${vip}\n}\n}`
  const self = {
    ...host('lb1', ['192.0.2.11'], { keepalived }),
    gateways: ['192.0.2.1', 'fe80::1'],
    networks: ['192.0.2.11/24', '2001:db8::11/64'],
  }
  const input = { self, peers: [], remote: null }
  return [vipTaken, vipNoHost].flatMap((rule) =>
    rule.check(input).map(({ level, message }) => `${level} ${message.split(':')[1]}`),
  )
}

const cases: readonly (readonly [string, readonly string[]])[] = [
  ['192.0.2.101/32', []],
  ['192.0.2.1/32', ['error 3 VIP 192.0.2.1 of VI_1 is the default gateway']],
  ['192.0.2.0', ['error 3 VIP 192.0.2.0 of VI_1 is the address of the network 192.0.2.11/24']],
  [
    '192.0.2.255/32',
    ['error 3 VIP 192.0.2.255 of VI_1 is the broadcast address of the network of 192.0.2.11/24'],
  ],
  ['198.51.100.0/32', []],
]
for (const [vip, expected] of cases) {
  test(`${vip}: ${expected.join() || 'nothing'}`, () => assert.equal(check(vip), expected))
}

test.run()
