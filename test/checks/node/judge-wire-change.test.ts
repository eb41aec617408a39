import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { judgeWireChange } from '../../../agent/checks/node/judge-wire-change.ts'
import type { PeerKeepalived } from '../../../agent/checks/node/judge-wire-change.ts'
import { parseKeepalivedConfig } from '../../../agent/programs/keepalived/config.ts'
import { findWireChanges } from '../../../agent/programs/keepalived/wire-change.ts'

const file = '/etc/keepalived/conf.d/pair.conf'
const instances = (vrid: number, ...vips: readonly string[]) =>
  parseKeepalivedConfig(
    `vrrp_instance VI_1 {\nvirtual_router_id ${vrid}\nvirtual_ipaddress {\n${vips.join('\n')}\n}\n}`,
  ).instances.map((instance) => ({ ...instance, file }))
const vrid = [instances(51, '192.0.2.101'), instances(61, '192.0.2.101')] as const
const vips = [instances(51, '192.0.2.101'), instances(51, '192.0.2.101', '192.0.2.103')] as const

const lb2 = (given: Partial<PeerKeepalived> = {}): readonly PeerKeepalived[] => [
  {
    name: 'lb2',
    isStopped: false,
    version: '2.2.7',
    isOnCommit: false,
    answers: true,
    reason: 'runs keepalived 2.2.7',
    ...given,
  },
]
const silent = lb2({ version: null, answers: false, reason: 'counts as running, since it is down' })

const cases: readonly (readonly [
  string,
  typeof vrid,
  readonly PeerKeepalived[],
  string | null,
  RegExp | null,
])[] = [
  [
    'a peer that runs',
    vrid,
    lb2(),
    '2.2.7',
    /^VI_1 would .*\(virtual_router_id 51 → 61\).*: lb2 runs keepalived 2\.2\.7; .*systemctl stop keepalived" on lb2, then "evenkeel converge" here, [^(]*$/,
  ],
  [
    'a peer that does not answer',
    vrid,
    silent,
    '2.2.7',
    /lb2 counts as running, since it is down; .*\(the daemon of lb2 has to run/,
  ],
  ['a peer that has stopped', vrid, lb2({ isStopped: true }), '2.2.7', null],
  ['a peer that has the commit', vrid, lb2({ isOnCommit: true }), '2.2.7', null],
  ['no peer at all', vrid, [], '2.2.7', null],
  [
    'one of two has stopped',
    vrid,
    [...lb2({ isStopped: true }), ...lb2({ name: 'lb3' })],
    '2.2.7',
    /VIPs: lb3 runs .* on lb3, /,
  ],
  ['nothing on the wire changes', [vrid[0], vrid[0]], lb2(), '2.2.7', null],
  ['VIPs where both are strict', vips, lb2(), '2.2.7', /advertised VIPs/],
  ['VIPs where one is strict', vips, lb2(), '2.3.3', /advertised VIPs/],
  ['VIPs where this node is', vips, lb2({ version: '2.3.4' }), '2.2.8', /advertised VIPs/],
  ['VIPs where this node does not say', vips, lb2({ version: '2.3.4' }), null, /advertised VIPs/],
  ['VIPs where a peer does not say', vips, lb2({ version: null }), '2.3.3', /advertised VIPs/],
  ['VIPs where both are lenient', vips, lb2({ version: '2.3.3' }), '2.4.0', null],
  ['a router id where both are lenient', vrid, lb2({ version: '2.3.3' }), '2.3.3', /router_id/],
]

for (const [name, [before, after], peers, version, expected] of cases) {
  test(name, () => {
    const found = judgeWireChange(findWireChanges(before, after), { peers, version })
    assert.is(found.length, expected === null ? 0 : 1)
    if (expected !== null) assert.match(found[0]?.message ?? '', expected)
  })
}

test('it names file and line of the setting', () => {
  const [fault] = judgeWireChange(findWireChanges(...vrid), { peers: lb2(), version: null })
  assert.equal([fault?.file, fault?.line], [file, 2])
})

test.run()
