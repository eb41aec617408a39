import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readDesiredKeepalived } from '../../../agent/checks/desired/keepalived-desired.ts'
import { parseKeepalivedConfig } from '../../../agent/programs/keepalived/config.ts'
import type { VrrpInstance } from '../../../agent/programs/keepalived/config.ts'
import { sampleHost } from '../../checks/desired/sample.ts'
import { host } from '../../checks/desired/state.ts'

/** The one instance of a text. */
function instanceOf(text: string, configId?: string): VrrpInstance {
  const [instance, ...more] = parseKeepalivedConfig(text, configId).instances
  assert.equal(more, [])
  if (instance === undefined) throw new Error('no instance')
  return instance
}

test('reads a master of an old pair: multicast, password, script', () => {
  const text = `! Configuration File for keepalived

global_defs {
   notification_email {
     root@localhost
   }
   smtp_server 127.0.0.1
   router_id LB1
}

vrrp_script chk_haproxy {
    script "/etc/keepalived/check_haproxy.sh"   # every 2 s
    interval 2
    weight 2
}

vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    track_script {
        chk_haproxy
    }
    virtual_ipaddress {
        192.0.2.101/27 dev eth0 label eth0:1
    }
    notify_master "/etc/keepalived/clean_arp.sh 192.0.2.101"
}
`
  assert.equal(instanceOf(text), {
    name: 'VI_1',
    line: 17,
    family: 'ipv4',
    version: 2,
    interface: { value: 'eth0', line: 19 },
    usesVmac: false,
    virtualRouterId: { value: 51, line: 20 },
    priority: { value: 100, line: 21 },
    unicastSourceIp: null,
    multicastSourceIp: null,
    multicastGroup: '224.0.0.18',
    unicastPeers: [],
    virtualIpAddresses: [{ value: '192.0.2.101/27', line: 31 }],
    virtualIpAddressesExcluded: [],
    nopreempt: false,
    trackInterfaces: [],
    trackScripts: ['chk_haproxy'],
    advertInterval: '1',
    authentication: 'auth_pass 1111\nauth_type PASS',
    password: { value: '1111', line: 25 },
    usesAuthenticationHeader: false,
    conditional: false,
  })
})

// keepalived 2.2.7 dumps the same values for this file (--dump-conf), on a node named n1.
test('reads comments, quotes, braces, definitions and conditions as keepalived does', () => {
  const text = `! head
global_defs { # x
  router_id "lb!1#"   ! behind
  vrrp_version 3
}
$PRIO=150
$IF=eth0
$BASE=10.77.\${NET}
$NET=0
vrrp_script chk {
  script "/bin/true # no comment {"
}
vrrp_instance VI_1{
  interface $IF
  virtual_router_id 51
  priority $PRIO # behind
  unicast_src_ip \${BASE}.1
  unicast_peer { 10.77.0.2
     10.77.0.3 min_ttl 250 max_ttl 255 }
  virtual_ipaddress
  {
    10.77.0.100/24 dev eth0 label eth0:1
    "10.77.0.101"
  }
}
vrrp_instance "VI 2"
{
  interface eth0
  virtual_router_id 52
  @n1 priority 140
  @^n1 priority 130
  virtual_ipaddress { fd00::1/64 }
}
`
  const [one, two, ...more] = parseKeepalivedConfig(text, 'n1').instances
  assert.equal(more, [])
  assert.is(one?.name, 'VI_1')
  assert.is(one?.version, 3)
  assert.equal(one?.interface, { value: 'eth0', line: 14 })
  assert.equal(one?.priority, { value: 150, line: 16 })
  assert.equal(one?.unicastSourceIp, { value: '10.77.0.1', line: 17 })
  assert.equal(one?.unicastPeers, [
    { value: '10.77.0.2', line: 18 },
    { value: '10.77.0.3', line: 19 },
  ])
  assert.equal(
    one?.virtualIpAddresses.map((vip) => vip.value),
    ['10.77.0.100/24', '10.77.0.101'],
  )
  assert.is(two?.name, 'VI 2')
  assert.is(two?.line, 26)
  assert.is(two?.family, 'ipv6')
  assert.is(two?.version, 3)
  assert.equal(two?.priority, { value: 140, line: 30 })
  assert.is(two?.multicastGroup, 'ff02::12')
  assert.is(two?.conditional, true)
  assert.is(one?.conditional, false)
  const elsewhere = parseKeepalivedConfig(text, 'n2').instances[1]
  assert.equal(elsewhere?.priority, { value: 130, line: 31 })
})

function emptyInstance(name: string): string {
  return `vrrp_instance ${name} {\n}\n`
}

/** What stands in an instance, and what becomes of a field. */
const fields: readonly (readonly [string, (instance: VrrpInstance) => unknown, unknown])[] = [
  ['state MASTER', (it) => it.priority, { value: 255, line: 1 }],
  ['state BACKUP', (it) => it.priority, { value: 100, line: 1 }],
  ['priority high', (it) => it.priority, null],
  ['priority 90\n!priority 80\npriority 70 #0', (it) => it.priority, { value: 70, line: 4 }],
  ['! virtual_ipaddress {\npriority 8', (it) => it.priority?.value, 8],
  ['virtual_router_id ${NUM}', (it) => it.virtualRouterId, null],
  ['native_ipv6', (it) => [it.family, it.version], ['ipv6', 3]],
  ['version 3', (it) => it.version, 3],
  ['use_vmac vrrp.51', (it) => it.usesVmac, true],
  ['authentication {\nauth_type AH\nauth_pass x\n}', (it) => it.usesAuthenticationHeader, true],
  ['authentication { auth_type PASS }', (it) => it.usesAuthenticationHeader, false],
  ['mcast_src_ip 192.0.2.1', (it) => it.multicastSourceIp, { value: '192.0.2.1', line: 2 }],
  ['mcast_dst_ip 224.0.0.99', (it) => it.multicastGroup, '224.0.0.99'],
  ['virtual_ipaddress {\n2001:db8::1/64\n}', (it) => it.family, 'ipv6'],
  ['virtual_ipaddress {\n2001:db8::1\n}\nunicast_src_ip 192.0.2.1', (it) => it.family, 'ipv6'],
  ['unicast_src_ip 192.0.2.1\nvirtual_ipaddress {\n2001:db8::1\n}', (it) => it.family, 'ipv4'],
  [
    'virtual_ipaddress_excluded {\n192.0.2.9\n}',
    (it) => it.virtualIpAddressesExcluded,
    [{ value: '192.0.2.9', line: 3 }],
  ],
  [
    'virtual_ipaddress {\n192.0.2.1\n}\nvirtual_ipaddress {\n192.0.2.2\n}',
    (it) => it.virtualIpAddresses.length,
    2,
  ],
  ['notify "/bin/echo } vrrp_instance"\npriority 8', (it) => it.priority?.value, 8],
  ["notify '/bin/echo }' # }\npriority 8", (it) => it.priority?.value, 8],
  ['script /bin/a\\#b\npriority 8', (it) => it.priority?.value, 8],
]
for (const [body, field, expected] of fields) {
  test(`in an instance: ${body.replaceAll('\n', ' ')}`, () => {
    assert.equal(field(instanceOf(`vrrp_instance VI_1 {\n${body}\n}\n`)), expected)
  })
}

test('takes what global_defs gives to all instances, also behind them', () => {
  const globals =
    'global_defs {\nvrrp_version 3\ndefault_interface bond0\nvrrp_mcast_group4 224.0.0.20\n}\n'
  const instance = instanceOf(`vrrp_instance VI_1 {\nversion 2\n}\n${globals}`)
  assert.is(instance.version, 2)
  assert.is(instance.interface?.value, 'bond0')
  assert.is(instance.multicastGroup, '224.0.0.20')
})

test('survives what is no configuration', () => {
  for (const text of ['', '\n', '}}}', '{', 'vrrp_instance', '$A=$A\n$A\n', '"', '@x', '\u0000']) {
    assert.is(parseKeepalivedConfig(text).instances.length, text === 'vrrp_instance' ? 1 : 0, text)
  }
})

test('follows includes among the desired files, and names those that lead elsewhere', () => {
  const main = 'include conf.d/*.conf\nincluder /etc/keepalived/local.conf\ninclude extra/a.conf\n'
  const state = host('lb1', [], { keepalived: main })
  const place = { file: 'roles/mine/tasks/main.yml', line: 3 }
  const files = new Map([
    ...state.files,
    ['/etc/keepalived/conf.d/one.conf', { text: emptyInstance('VI_1'), place }],
    ['/etc/keepalived/conf.d/one.conf.old', { text: emptyInstance('VI_0'), place }],
    ['/etc/keepalived/extra/a.conf', { text: `include b.conf\ninclude a.conf\n`, place }],
    ['/etc/keepalived/extra/b.conf', { text: emptyInstance('VI_2'), place }],
  ])
  const keepalived = readDesiredKeepalived({ ...state, files })
  assert.equal(
    keepalived?.instances.map((it) => [it.name, it.file, it.place.file]),
    [
      ['VI_1', '/etc/keepalived/conf.d/one.conf', place.file],
      ['VI_2', '/etc/keepalived/extra/b.conf', place.file],
    ],
  )
  assert.equal(keepalived?.unknownIncludes, [{ value: '/etc/keepalived/local.conf', line: 2 }])
  assert.is(readDesiredKeepalived(host('web1', [])), null)
})

/** What the rules ask of an instance, in one line. */
function summary(instance: VrrpInstance): string {
  const { name, family, version, priority, virtualRouterId } = instance
  const peers = instance.unicastPeers.map((peer) => peer.value).join()
  const vips = instance.virtualIpAddresses.map((vip) => vip.value).join()
  const source = instance.unicastSourceIp?.value ?? ''
  return `${name} ${family} v${version} ${virtualRouterId?.value} ${priority?.value} ${instance.interface?.value} ${source}>${peers} ${vips}`
}

async function rendered(name: string, extra = {}): Promise<readonly string[]> {
  return readDesiredKeepalived(await sampleHost(name, extra))?.instances.map(summary) ?? []
}

test('reads what the keepalived role makes of the sample', async () => {
  assert.equal(await rendered('lb1'), [
    'VI_1 ipv4 v3 51 254 eth0 192.0.2.11>192.0.2.12 192.0.2.101/32',
    'VI_2 ipv4 v3 52 253 eth0 192.0.2.11>192.0.2.12 192.0.2.102/32',
  ])
  assert.equal(await rendered('lb2'), [
    'VI_1 ipv4 v3 51 253 eth0 192.0.2.12>192.0.2.11 192.0.2.101/32',
    'VI_2 ipv4 v3 52 254 eth0 192.0.2.12>192.0.2.11 192.0.2.102/32',
  ])
  assert.equal(await rendered('web1'), [])
})

test('reads what the keepalived role makes of an old pair and of both families', async () => {
  const old = { version: 2, unicast: false, auth_pass: '1111', priorities: [100, 99] }
  const instance = { name: 'VI_1', virtual_router_id: 51, hosts: ['lb1', 'lb2'] }
  const both = ['192.0.2.101/32', '2001:db8::101/64']
  assert.equal(
    await rendered('lb2', {
      keepalived_instances: [{ ...instance, ...old, virtual_ipaddress: ['192.0.2.101'] }],
    }),
    ['VI_1 ipv4 v2 51 99 eth0 > 192.0.2.101'],
  )
  assert.equal(
    await rendered('lb1', {
      keepalived_instances: [{ ...instance, unicast: false, virtual_ipaddress: both }],
    }),
    ['VI_1 ipv4 v3 51 254 eth0 > 192.0.2.101/32', 'VI_1_6 ipv6 v3 51 254 eth0 > 2001:db8::101/64'],
  )
})

test.run()
