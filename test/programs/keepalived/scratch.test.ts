import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseKeepalivedConfig } from '../../../agent/programs/keepalived/config.ts'
import { findRefusals, formatScratch } from '../../../agent/programs/keepalived/scratch.ts'

const full = `vrrp_script check {
  script "/opt/check"
}
vrrp_instance VI_1 {
  version 2
  state MASTER
  interface eth0
  virtual_router_id 51
  priority 254
  advert_int 2
  unicast_src_ip 192.0.2.11
  unicast_peer {
    192.0.2.12
  }
  authentication {
    auth_type PASS
    auth_pass secret
  }
  virtual_ipaddress {
    192.0.2.101/24 dev eth0 label eth0:1
  }
  virtual_ipaddress_excluded {
    192.0.2.103/24
  }
  track_script {
    check
  }
  notify_master "/opt/announce"
}
`

test('what is on the wire, and nothing that acts', () => {
  assert.is(
    formatScratch(parseKeepalivedConfig(full).instances),
    `vrrp_instance VI_1 {
state BACKUP
priority 1
version 2
interface eth0
virtual_router_id 51
advert_int 2
unicast_src_ip 192.0.2.11
unicast_peer {
192.0.2.12
}
authentication {
auth_pass secret
auth_type PASS
}
virtual_ipaddress {
192.0.2.101/24
}
}
`,
  )
})

test('a short interval of version 3 leaves time to listen', () => {
  const text =
    'vrrp_instance A {\nversion 3\nadvert_int 0.02\nvirtual_ipaddress {\n2001:db8::1\n}\n}'
  const scratch = formatScratch(parseKeepalivedConfig(text).instances)
  assert.match(scratch, /\nadvert_int 1\n/)
  assert.match(scratch, /\nnative_ipv6\n/)
})

/** Lines of 2.2.7 (measured), 2.3 and 2.4 (vrrp.c). */
const said: readonly (readonly [string, string | undefined])[] = [
  ['received an invalid passwd!', 'received an invalid passwd'],
  ['received an invalid passwd from 192.0.2.12!', 'received an invalid passwd from 192.0.2.12'],
  ['wrong version. Received 2 and expect 3', 'wrong version. Received 2 and expect 3'],
  [
    'wrong VRRP version from 192.0.2.12. Received 2 and expect 3',
    'wrong VRRP version from 192.0.2.12. Received 2 and expect 3',
  ],
  [
    'received an unexpected ip number count 2, expected 1!',
    'received an unexpected ip number count 2, expected 1',
  ],
  ['expected 1 VIPs but received 2', 'expected 1 VIPs but received 2'],
  ['received a 1 auth, expecting 0!', 'received a 1 auth, expecting 0'],
  [
    'ip address associated with VRID 61 not present in MASTER advert: 192.0.2.102',
    'ip address associated with VRID 61 not present in MASTER advert: 192.0.2.102',
  ],
  ['Entering BACKUP STATE (init)', undefined],
  ['removing VIPs.', undefined],
]

for (const [line, expected] of said) {
  test(line, () => {
    const log = `Sat Nov 28 09:16:25 2026: Startup complete\nSat Nov 28 09:16:26 2026: (VI_OLD) ${line}\n`
    assert.is(findRefusals(log).get('VI_OLD'), expected)
  })
}

test.run()
