import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { peerIsSelf } from '../../../../agent/checks/desired/rules/peer-is-self.ts'
import type { Finding } from '../../../../agent/checks/finding.ts'
import { formatProblem } from '../../../../agent/system/errors.ts'
import { host } from '../state.ts'

function check(
  peers: readonly string[],
  addresses: readonly string[],
  more = '',
): readonly Finding[] {
  const keepalived = `vrrp_instance VI_1 {
  ${more}
  unicast_peer {
    ${peers.join('\n    ')}
  }
  virtual_ipaddress {
    192.0.2.101/24 dev eth0
  }
}
`
  return peerIsSelf.check({ self: host('lb1', addresses, { keepalived }), peers: [], remote: null })
}

/** Peers, addresses of this node, a line of the instance; and the reason that is given. */
const cases: readonly (readonly [readonly string[], readonly string[], string, string | null])[] = [
  [['192.0.2.12'], ['192.0.2.11'], 'unicast_src_ip 192.0.2.11', null],
  [['192.0.2.11'], ['192.0.2.11'], '', 'one of its addresses'],
  [['192.0.2.12', '192.0.2.11'], ['192.0.2.11'], '', 'one of its addresses'],
  [['10.0.0.11'], ['192.0.2.11', '10.0.0.11'], '', 'one of its addresses'],
  [['10.0.0.11'], ['192.0.2.11'], 'unicast_src_ip 10.0.0.11', 'unicast_src_ip of VI_1'],
  [['10.0.0.11'], ['lb1.example.com'], 'mcast_src_ip 10.0.0.11', 'mcast_src_ip of VI_1'],
  [['192.0.2.101'], ['192.0.2.11'], '', 'a virtual address of VI_1'],
  [['FE80::0:11'], ['fe80::11'], '', 'one of its addresses'],
  [['lb1.example.com'], ['lb1.example.com'], '', null],
  [['192.0.2.11 # not a comment mark of ours\n'], ['192.0.2.12'], '', null],
]
for (const [peers, addresses, more, why] of cases) {
  test(`${why ?? 'nothing'}: peers ${peers.join(' ').trim()} of ${addresses.join(' ')} ${more}`, () => {
    const findings = check(peers, addresses, more)
    assert.is(findings.length, why === null ? 0 : 1)
    for (const { level, message } of findings) {
      assert.is(level, 'error')
      assert.ok(message.includes(`(${why})`), message)
    }
  })
}

test('says where it stands, what would happen and what to do', () => {
  assert.equal(check(['192.0.2.12', '192.0.2.11'], ['192.0.2.11']).map(formatProblem), [
    "roles/keepalived/tasks/main.yml:50: /etc/keepalived/keepalived.conf:5 unicast_peer 192.0.2.11 of VI_1 is lb1 itself (one of its addresses): its adverts would not reach the other node, and both would become MASTER and hold the VIPs; name the other node's address",
  ])
})

test.run()
