import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseKeepalivedConfig } from '../../../agent/programs/keepalived/config.ts'
import { findWireChanges } from '../../../agent/programs/keepalived/wire-change.ts'

/** The instance VI_1, with lines in place of others that begin with the same word. */
function instance(...lines: readonly string[]): string {
  const own = new Map(
    [
      'version 2',
      'interface eth0',
      'virtual_router_id 51',
      'priority 254',
      'advert_int 1',
      'authentication {\nauth_type PASS\nauth_pass secret\n}',
      'virtual_ipaddress {\n192.0.2.101/24\n}',
      ...lines,
    ].map((line) => [line.split(' ')[0] ?? '', line] as const),
  )
  return `vrrp_instance VI_1 {\n${[...own.values()].join('\n')}\n}\n`
}

const file = '/etc/keepalived/keepalived.conf'
const read = (text: string) =>
  parseKeepalivedConfig(text).instances.map((one) => ({ ...one, file }))

const v3 = ['version 3', 'authentication_none']
const cases: readonly (readonly [string, string, string, readonly string[]])[] = [
  ['nothing', instance(), instance(), []],
  ['the router id', instance(), instance('virtual_router_id 61'), ['virtual_router_id 51 → 61']],
  ['the version', instance(), instance(...v3), ['version 2 → 3']],
  ['the interval in version 2', instance(), instance('advert_int 2'), ['advert_int 1 → 2']],
  ['the interval in version 3', instance(...v3), instance(...v3, 'advert_int 0.1'), []],
  ['the same interval, written otherwise', instance(), instance('advert_int 1.0'), []],
  [
    'the password',
    instance(),
    instance('authentication {\nauth_type PASS\nauth_pass other\n}'),
    ['another authentication'],
  ],
  [
    'the password, with its lines changed about',
    instance(),
    instance('authentication {\nauth_pass secret\nauth_type PASS\n}'),
    [],
  ],
  [
    'unicast for multicast',
    instance(),
    instance('unicast_peer {\n192.0.2.12\n}'),
    ['adverts to 224.0.0.18 → by unicast'],
  ],
  [
    'another peer by unicast',
    instance('unicast_peer {\n192.0.2.12\n}'),
    instance('unicast_peer {\n192.0.2.13\n}'),
    [],
  ],
  [
    'another VIP',
    instance(),
    instance('virtual_ipaddress {\n192.0.2.101\n192.0.2.103\n}'),
    ['advertised VIPs 192.0.2.101 → 192.0.2.101, 192.0.2.103'],
  ],
  ['the length of a VIP', instance(), instance('virtual_ipaddress {\n192.0.2.101/32\n}'), []],
  [
    'the order of VIPs',
    instance('virtual_ipaddress {\n192.0.2.101\n192.0.2.103\n}'),
    instance('virtual_ipaddress {\n192.0.2.103\n192.0.2.101\n}'),
    [],
  ],
  [
    'a VIP that is not advertised',
    instance(),
    instance('virtual_ipaddress_excluded {\n192.0.2.103\n}'),
    [],
  ],
  ['the priority', instance(), instance('priority 100'), []],
  ['another name alone', instance(), instance().replace('VI_1', 'VI_WEB'), []],
  [
    'another name and router id, with the same VIP',
    instance(),
    instance('virtual_router_id 61').replace('VI_1', 'VI_WEB'),
    ['virtual_router_id 51 → 61'],
  ],
  [
    'a VIP that goes from one instance to a new one',
    instance('virtual_ipaddress {\n192.0.2.101\n192.0.2.103\n}'),
    instance() +
      instance('virtual_router_id 61', 'virtual_ipaddress {\n192.0.2.103\n}').replace('1', '2'),
    [
      'advertised VIPs 192.0.2.101, 192.0.2.103 → 192.0.2.101',
      'virtual_router_id 51 → 61',
      'advertised VIPs 192.0.2.101, 192.0.2.103 → 192.0.2.103',
    ],
  ],
  ['an instance that is new', '', instance(), []],
  [
    'an instance that is new beside another one',
    instance(),
    instance() + instance('virtual_ipaddress {\n192.0.2.103\n}').replace('VI_1', 'VI_2'),
    [],
  ],
  ['an instance that goes', instance(), '', []],
]

for (const [name, before, after, expected] of cases) {
  test(name, () => {
    const found = findWireChanges(read(before), read(after))
    assert.equal(
      found.map(({ what }) => what),
      expected,
    )
    for (const { isVipList, what } of found) assert.is(isVipList, what.startsWith('advertised'))
  })
}

test('a password is never in it', () => {
  const found = findWireChanges(
    read(instance()),
    read(instance('authentication {\nauth_type PASS\nauth_pass hunter2\n}')),
  )
  assert.not.match(JSON.stringify(found), /secret|hunter2/)
})

test.run()
