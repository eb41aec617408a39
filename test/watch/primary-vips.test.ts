import type { NetworkInterfaceInfo } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { warnOfPrimaryVips } from '../../agent/watch/primary-vips.ts'

const masks: Readonly<Record<string, string>> = { '24': '255.255.255.0', '32': '255.255.255.255' }

/** `192.0.2.11/24` */
function ip(cidr: string): NetworkInterfaceInfo {
  const [address = '', length = ''] = cidr.split('/')
  const netmask = masks[length] ?? ''
  return { address, netmask, cidr, family: 'IPv4', mac: '', internal: false }
}

const cases: readonly (readonly [string, readonly string[], RegExp | null])[] = [
  ['the own address first', ['192.0.2.11/24', '192.0.2.101/24'], null],
  [
    'the VIP first',
    ['192.0.2.101/24', '192.0.2.11/24'],
    /VIP 192\.0\.2\.101 comes before 192\.0\.2\.11/,
  ],
  ['a VIP of /32 first', ['192.0.2.101/32', '192.0.2.11/24'], null],
  ['only VIPs', ['192.0.2.101/24', '192.0.2.102/24'], null],
  ['a VIP of another network first', ['198.51.100.101/24', '192.0.2.11/24'], null],
]

for (const [name, addresses, expected] of cases) {
  test(name, () => {
    const vips = ['192.0.2.101', '192.0.2.102', '198.51.100.101']
    const found = warnOfPrimaryVips(vips, { eth0: addresses.map(ip), lo: undefined })
    assert.is(found.length, expected === null ? 0 : 1)
    if (expected !== null) assert.match(found[0]?.text ?? '', expected)
  })
}

test.run()
