/** What real setups write in variables, and what it is to become: each case was rendered wrong once. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CommitError } from '../../agent/system/errors.ts'
import { sampleHost } from '../checks/desired/sample.ts'

const haproxyConfig = '/etc/haproxy/haproxy.cfg'
const keepalivedConfig = '/etc/keepalived/keepalived.conf'

type Variables = Readonly<Record<string, unknown>>

interface Case {
  readonly name: string
  readonly vars: Variables
  /** Further variables of single hosts. */
  readonly hostVars?: Readonly<Record<string, Variables>>
  readonly file: string
  /** Lines, without their indentation, that come in this order. */
  readonly inOrder?: readonly string[]
  readonly absent?: readonly string[]
}

const backend = (more: Variables): Variables => ({
  haproxy_frontends: [],
  haproxy_backends: [{ name: 'api', ...more }],
})

const vips = (...all: unknown[]): Variables => ({
  keepalived_instances: [
    { name: 'VI_1', virtual_router_id: 51, hosts: ['lb1', 'lb2'], virtual_ipaddress: all },
  ],
})

const cases: readonly Case[] = [
  {
    name: 'a server whose address holds its port is no IPv6 address',
    vars: backend({ servers: [{ name: 'a', address: '192.0.2.21:80' }] }),
    file: haproxyConfig,
    inOrder: ['server a 192.0.2.21:80'],
    absent: ['[192.0.2.21:80]'],
  },
  {
    name: 'an IPv6 server gets its brackets',
    vars: backend({ servers: [{ name: 'a', address: '2001:db8::21', port: 80 }] }),
    file: haproxyConfig,
    inOrder: ['server a [2001:db8::21]:80'],
  },
  {
    name: 'a check that names no host is HTTP/1.0',
    vars: backend({ httpchk: { uri: '/healthz' } }),
    file: haproxyConfig,
    inOrder: ['option httpchk', 'http-check send meth GET uri /healthz ver HTTP/1.0'],
    absent: ['HTTP/1.1'],
  },
  {
    name: 'a check with a host is HTTP/1.1',
    vars: backend({ httpchk: { host: 'www.example.com' } }),
    file: haproxyConfig,
    inOrder: ['http-check send meth GET uri / ver HTTP/1.1 hdr Host www.example.com'],
  },
  {
    name: 'a check with a header Host is HTTP/1.1, too',
    vars: backend({ httpchk: { headers: { Host: 'www.example.com' } } }),
    file: haproxyConfig,
    inOrder: ['http-check send meth GET uri / ver HTTP/1.1 hdr Host www.example.com'],
  },
  {
    name: 'default_server counts for the servers of extra',
    vars: backend({
      default_server: { resolvers: 'consul', init_addr: 'none' },
      extra: 'server-template srv 1-5 api.service.consul:8080',
    }),
    file: haproxyConfig,
    inOrder: [
      'default-server check resolvers consul init-addr none',
      'server-template srv 1-5 api.service.consul:8080',
    ],
  },
  {
    name: 'conditions come before what uses them',
    vars: backend({
      acls: [{ name: 'clienthello', criterion: 'req.ssl_hello_type 1' }],
      stick: ['on payload_lv(43,1) if clienthello'],
      stick_table: 'type binary len 32 size 30k expire 30m',
      mode: 'tcp',
    }),
    file: haproxyConfig,
    inOrder: ['acl clienthello req.ssl_hello_type 1', 'stick on payload_lv(43,1) if clienthello'],
  },
  {
    name: 'an IPv4 VIP with a label stays in the IPv4 instance',
    vars: {
      ...vips('192.0.2.101/24 dev eth0 label eth0:1', '2001:db8::101/128'),
      keepalived_ipv6_address: '2001:db8::11',
    },
    hostVars: { lb2: { keepalived_ipv6_address: '2001:db8::12' } },
    file: keepalivedConfig,
    inOrder: [
      'vrrp_instance VI_1 {',
      '192.0.2.101/24 dev eth0 label eth0:1',
      'vrrp_instance VI_1_6 {',
      '2001:db8::101/128',
    ],
  },
  {
    name: 'a VIP as a map keeps its label',
    vars: vips({ address: '192.0.2.101/32', dev: 'eth0', label: 'eth0:1' }),
    file: keepalivedConfig,
    inOrder: ['192.0.2.101/32 dev eth0 label eth0:1'],
    absent: ['VI_1_6'],
  },
  {
    name: 'further VIPs are left out of adverts',
    vars: vips('192.0.2.101/32', '192.0.2.102/32', '192.0.2.103/32'),
    file: keepalivedConfig,
    inOrder: [
      'virtual_ipaddress {',
      '192.0.2.101/32',
      '}',
      'virtual_ipaddress_excluded {',
      '192.0.2.102/32',
      '192.0.2.103/32',
      '}',
    ],
  },
  {
    name: 'all VIPs are advertised for a pair whose nodes do so',
    vars: {
      keepalived_instances: [
        {
          name: 'VI_OLD',
          virtual_router_id: 61,
          hosts: ['lb1', 'lb2'],
          advertise: 'all',
          virtual_ipaddress: ['192.0.2.161/32', '192.0.2.162/32'],
        },
      ],
    },
    file: keepalivedConfig,
    inOrder: ['virtual_ipaddress {', '192.0.2.161/32', '192.0.2.162/32', '}'],
    absent: ['virtual_ipaddress_excluded'],
  },
  {
    name: 'VRRP on a network of its own',
    vars: { ...vips('192.0.2.101/32'), keepalived_ipv4_address: '198.51.100.11' },
    file: keepalivedConfig,
    inOrder: ['unicast_src_ip 198.51.100.11'],
  },
  {
    name: 'VIPs of a host without haproxy follow nothing',
    vars: { ...vips('192.0.2.101/32'), roles: ['keepalived'] },
    file: keepalivedConfig,
    inOrder: ['vrrp_instance VI_1 {'],
    absent: ['track_script {'],
  },
  {
    name: 'VIPs of a host with haproxy follow it',
    vars: vips('192.0.2.101/32'),
    file: keepalivedConfig,
    inOrder: ['vrrp_instance VI_1 {', 'track_script {', 'evenkeel_haproxy'],
  },
]

for (const { name, vars, hostVars, file, inOrder = [], absent = [] } of cases) {
  test(name, async () => {
    const text = (await sampleHost('lb1', vars, hostVars)).files.get(file)?.text ?? ''
    const lines = text.split('\n').map((line) => line.trim())
    let from = 0
    for (const wanted of inOrder) {
      const at = lines.findIndex((line, index) => index >= from && line.startsWith(wanted))
      assert.ok(at >= 0, `"${wanted}" is not in its place:\n${text}`)
      from = at + 1
    }
    for (const part of absent) assert.not.ok(text.includes(part), `"${part}" in:\n${text}`)
  })
}

test('the firewall lets adverts in from the network that VRRP uses', async () => {
  const host = await sampleHost('lb1', {}, { lb2: { keepalived_ipv4_address: '198.51.100.12' } })
  const rules = host.firewall.flatMap((chain) => chain.rules)
  assert.ok(
    rules.some((rule) => rule.includes('198.51.100.12') && rule.includes('112')),
    rules.join('\n'),
  )
})

const ports: readonly (readonly [string, string | null])[] = [
  ['', '-d 0.0.0.0/0'],
  ['*', '-d 0.0.0.0/0'],
  ['::', '-d ::/0'],
  ['[::]', '-d ::/0'],
  ['192.0.2.101', '-d 192.0.2.101'],
  ['127.0.0.1', null],
  ['[::1]', null],
  ['localhost', null],
]

for (const [address, expected] of ports) {
  test(`the firewall opens what "bind ${address}:9000" listens on`, async () => {
    const binds = [{ address, port: 9000 }]
    const host = await sampleHost('lb1', { haproxy_frontends: [{ name: 'other', binds }] })
    const rules = host.firewall.flatMap((chain) => chain.rules)
    const opened = rules.filter((rule) => rule.includes('--dport 9000'))
    const line = `${expected} -p tcp -m tcp --dport 9000 -j ACCEPT`
    assert.equal(opened, expected === null ? [] : [line])
  })
}

/** One line each, with a second one that would be a directive of its own. */
const smuggled: readonly Variables[] = [
  backend({ balance: 'roundrobin\n    http-request deny' }),
  backend({ servers: [{ name: 'a', address: '192.0.2.21\n    server b 192.0.2.66' }] }),
  backend({ http_request: ['deny if FALSE\n    http-request allow'] }),
  backend({ timeouts: { server: '5s\n    log global' } }),
  backend({ httpchk: { headers: { 'X-A': '1\n    http-check expect status 500' } } }),
  backend({ acls: [{ name: 'a', criterion: 'path /\r\n    http-request deny' }] }),
  { haproxy_options: '-x /tmp/s\nEXTRA=1' },
  { keepalived_notification_email: ['root@localhost\n    }\n    smtp_alert true'] },
  vips({ address: '192.0.2.101/32', label: 'eth0:1\n    }\n    priority 1' }),
  vips('192.0.2.101/32\n    }\n    priority 1'),
]

for (const vars of smuggled) {
  test(`a line break becomes no directive: ${JSON.stringify(vars)}`, async () => {
    const error = await sampleHost('lb1', vars).then(() => null, String)
    assert.match(error ?? 'rendered', /expected one line/)
  })
}

test('a block scalar of one line is one line', async () => {
  const host = await sampleHost(
    'lb1',
    backend({ balance: 'leastconn\n', servers: [{ name: 'a', address: 'a' }] }),
  )
  assert.match(host.files.get(haproxyConfig)?.text ?? '', /\n {4}balance leastconn\n {4}\S/)
})

test('several lines stay several lines where they may', async () => {
  const host = await sampleHost('lb1', backend({ extra: 'http-reuse always\noption tcpka\n' }))
  assert.match(
    host.files.get(haproxyConfig)?.text ?? '',
    /\n {4}http-reuse always\n {4}option tcpka\n/,
  )
})

test('an unknown key of a VIP is named', async () => {
  const error: unknown = await sampleHost(
    'lb1',
    vips({ address: '192.0.2.101/32', lable: 'x' }),
  ).catch((caught: unknown) => caught)
  assert.instance(error, CommitError)
  assert.match(String(error), /unknown key; did you mean "label"/)
})

test.run()
