/** What `validate` says of a whole config repo: the place that an operator edits, what is wrong there, what to write. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { validateHosts } from '../../agent/checks/validate-hosts.ts'
import { openTree } from '../../agent/cli/open-tree.ts'
import { createSystem } from '../../agent/system/create-system.ts'
import { nodePaths } from '../../agent/system/paths.ts'
import { temporaryFolder } from '../source/git-repo.ts'

const hosts = `all:
  children:
    loadbalancers:
      hosts:
        lb1: {ansible_host: 192.0.2.11}
        lb2: {ansible_host: 192.0.2.12}
    realservers:
      hosts:
        web1: {ansible_host: 192.0.2.21, roles: [sysctl]}
`

const balancers = `roles: [haproxy, keepalived]
evenkeel_peer_key: 0123456789abcdef0123456789abcdef
haproxy_frontends:
  - name: www
    binds: [{port: 80}]
    default_backend: www
haproxy_backends:
  - name: www
    servers:
      - {name: web1, address: 192.0.2.21, port: 80}
      - {name: web2, address: 192.0.2.22, port: 80}
keepalived_instances:
  - name: VI_1
    virtual_router_id: 51
    interface: eth0
    hosts: [lb1, lb2]
    virtual_ipaddress: [192.0.2.101/32]
`

const paths = {
  ...nodePaths(temporaryFolder()),
  builtInRoles: join(import.meta.dirname, '../../roles'),
}

/** @returns what is said of lb1, and whether it is accepted */
async function validate(
  inventory: string,
  groupVars: string,
): Promise<{ readonly said: string; readonly isFine: boolean }> {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'inventory/group_vars'), { recursive: true })
  writeFileSync(join(folder, 'inventory/hosts.yml'), inventory)
  writeFileSync(join(folder, 'inventory/group_vars/loadbalancers.yml'), groupVars)
  const node = { paths, system: createSystem() }
  const lines: string[] = []
  await validateHosts(await openTree(folder, node), node, (line) => lines.push(line))
  const [verdict = '', ...rest] = lines
  const end = rest.findIndex((line) => !line.startsWith(' '))
  return { said: rest.slice(0, end).join('\n'), isFine: verdict.startsWith('ok: lb1') }
}

test('the repo that these cases are made of is fine', async () => {
  assert.equal(await validate(hosts, balancers), { said: '', isFine: true })
})

const instance = (more: string): string =>
  balancers.replace('    hosts: [lb1', `    ${more}\n    hosts: [lb1`)
const vip = (value: string): string => balancers.replace('192.0.2.101/32', value)
const inGroup = (place: string): string => `inventory/group_vars/loadbalancers.yml:${place}`
const firstVip = inGroup('17 keepalived_instances[0].virtual_ipaddress[0]')

interface Case {
  readonly name: string
  readonly hosts?: string
  readonly vars?: string
  /** Begins with the place. */
  readonly says: string
  readonly and?: string
}

const refused: readonly Case[] = [
  {
    name: 'a VIP that is the address of a web server',
    vars: vip('192.0.2.21/32'),
    says: `${firstVip}: VIP 192.0.2.21 of VI_1 is an address of web1`,
    and: 'give the VIP an address that nothing else has [vip-taken]',
  },
  {
    name: 'a VIP that is the own address of the load balancer',
    vars: vip('192.0.2.11/24'),
    says: `${firstVip}: VIP 192.0.2.11 of VI_1 is an address of lb1`,
  },
  {
    name: 'an IPv6 VIP that is a host, in another spelling',
    hosts: hosts.replace('192.0.2.21', '2001:db8::21'),
    vars: vip('2001:DB8:0::21/128').replace(
      'virtual_router_id',
      'unicast: false\n    virtual_router_id',
    ),
    says: 'VIP 2001:DB8:0::21 of VI_1_6 is an address of web1',
  },
  {
    name: 'a VIP that is the address of its network',
    vars: vip('192.0.2.0/24'),
    says: `${firstVip}: VIP 192.0.2.0 of VI_1 is the address of the network 192.0.2.0/24: nobody would reach it`,
  },
  {
    name: 'a VIP that is the broadcast address',
    vars: vip('192.0.2.127/25'),
    says: `${firstVip}: VIP 192.0.2.127 of VI_1 is the broadcast address of the network of 192.0.2.127/25`,
  },
  {
    name: 'a VIP that is a multicast address',
    vars: vip('224.0.0.18/32'),
    says: `${firstVip}: VIP 224.0.0.18 of VI_1 is a multicast address`,
  },
  {
    name: 'a VIP of the loopback interface',
    vars: vip('127.0.0.5/32'),
    says: `${firstVip}: VIP 127.0.0.5 of VI_1 is an address of the loopback interface`,
  },
  {
    name: 'a VIP that is no address',
    vars: vip('192.0.2.321/24 dev eth0'),
    says: `${firstVip}: 192.0.2.321 is not an address: each of its four numbers is at most 255`,
  },
  {
    name: 'a VIP whose prefix is too long',
    vars: vip('192.0.2.101/33'),
    says: `${firstVip}: /33 is not the length of an IPv4 prefix: write 0 to 32, for a VIP 192.0.2.101/32`,
  },
  {
    name: 'a server whose address is none',
    vars: balancers.replace('192.0.2.22', '192.0.2.322'),
    says: `${inGroup('11 haproxy_backends[0].servers[1].address')}: 192.0.2.322 is not an address`,
  },
  {
    name: 'a server whose port is none',
    vars: balancers.replace('address: 192.0.2.22, port: 80', "address: '192.0.2.22:70000'"),
    says: `${inGroup('11 haproxy_backends[0].servers[1].address')}: 70000 is not a port`,
  },
  {
    name: 'an ansible_host that is none',
    hosts: hosts.replace('192.0.2.11', '192.0.2.256'),
    says: 'inventory/hosts.yml:5 ansible_host: ',
    and: '192.0.2.256 is not an address',
  },
  {
    name: 'a virtual_router_id of 300',
    vars: balancers.replace('router_id: 51', 'router_id: 300'),
    says: `${inGroup('14 keepalived_instances[0].virtual_router_id')}: expected 1 to 255, got 300`,
  },
  {
    name: 'a virtual_router_id of 0',
    vars: balancers.replace('router_id: 51', 'router_id: 0'),
    says: 'virtual_router_id: expected 1 to 255, got 0',
  },
  {
    name: 'a priority of 300',
    vars: instance('priorities: [300, 200]'),
    says: `${inGroup('16 keepalived_instances[0].priorities[0]')}: expected 1 to 254, got 300`,
  },
  {
    name: 'the priority of an owner of the address',
    vars: instance('priorities: [255, 200]'),
    says: 'priorities[0]: expected 1 to 254, got 255',
  },
  {
    name: 'a password of version 2 that is cut',
    vars: instance('version: 2\n    auth_pass: verylongsecret'),
    says: `${inGroup('17 keepalived_instances[0].auth_pass')}: auth_pass of VI_1 has 14 characters, of which VRRP uses the first 8: write "verylong"`,
  },
  {
    name: 'a password that version 3 does not have',
    vars: instance('auth_pass: secret12'),
    says: `${inGroup('16 keepalived_instances[0].auth_pass')}: auth_pass of VI_1 has no effect, since VRRP version 3`,
    and: 'leave it out, or write "version: 2"',
  },
  {
    name: 'a password in a raw block',
    vars: instance('extra: |\n      authentication {\n          auth_pass ninechars\n      }'),
    says: inGroup('16 keepalived_instances[0].extra'),
    and: 'auth_pass of VI_1 has no effect',
  },
  {
    name: 'two backends of one name',
    vars: balancers.replace(
      'keepalived_instances',
      '  - {name: www, servers: []}\nkeepalived_instances',
    ),
    says: `${inGroup('12 haproxy_backends[1].name')}: there are two sections "backend www": give one of them another name`,
  },
  {
    name: 'two servers of one name',
    vars: balancers.replace('name: web2', 'name: web1'),
    says: `${inGroup('11 haproxy_backends[0].servers[1].name')}: backend www has two servers "web1"`,
  },
  {
    name: 'two lists of users of one name, of which haproxy drops one',
    vars: `${balancers}haproxy_userlists:\n  - {name: ops, users: [{name: a, insecure_password: abcd}]}\n  - {name: ops, users: []}\n`,
    says: `${inGroup('20 haproxy_userlists[1].name')}: there are two sections "userlist ops"`,
  },
  {
    name: "a listen with the name of the role's own page",
    vars: `${balancers}haproxy_stats: {enabled: true}\nhaproxy_listens:\n  - {name: stats, binds: [{port: 8080}]}\n`,
    says: `${inGroup('20 haproxy_listens[0].name')}: "listen stats" has the name of a frontend: one of them is the page of haproxy_stats`,
  },
  {
    name: 'two VRRP instances of one name',
    vars: `${balancers}  - {name: VI_1, virtual_router_id: 52, interface: eth0, hosts: [lb2, lb1], virtual_ipaddress: [192.0.2.102/32]}\n`,
    says: `${inGroup('18 keepalived_instances[1].name')}: there are two VRRP instances "VI_1"`,
  },
  {
    name: 'a name where VRRP needs an address',
    hosts: hosts.replace('192.0.2.12', 'lb2.example.com'),
    says: 'inventory/hosts.yml:6 ansible_host: "lb2.example.com" is a name, and adverts of VI_1 go to addresses alone: set ansible_host of lb2 to its address, or keepalived_ipv4_address beside the name',
  },
  {
    name: 'a name where the firewall needs an address',
    hosts: hosts.replace('192.0.2.12', 'lb2.example.com'),
    vars: balancers.replace('[haproxy', '[iptables, haproxy'),
    says: 'inventory/hosts.yml:6 ansible_host: "lb2.example.com" would be looked up once and then never again; write its address',
  },
]

for (const { name, hosts: inventory = hosts, vars = balancers, says, and = '' } of refused) {
  test(`refused: ${name}`, async () => {
    const { said, isFine } = await validate(inventory, vars)
    assert.not(isFine, said)
    assert.ok(
      said.split('\n').some((line) => line.includes(says) && line.includes(and)),
      said,
    )
  })
}

const accepted: readonly (Omit<Case, 'says'> & { readonly says?: string })[] = [
  { name: 'a frontend with the name of a backend' },
  { name: 'a VIP in a network of two addresses', vars: vip('192.0.2.100/31') },
  { name: 'a VIP without a length', vars: vip('192.0.2.101') },
  { name: 'a VIP in words of keepalived', vars: vip('192.0.2.101/32 dev eth0 label eth0:1') },
  { name: 'a password of 8 characters', vars: instance('version: 2\n    auth_pass: secret12') },
  {
    name: 'a name where no address is needed',
    hosts: hosts.replace('192.0.2.21', 'web1.example.com'),
    vars: balancers
      .replace('192.0.2.21', '{{hostvars.web1.ansible_host}}')
      .replace(
        'address: {{hostvars.web1.ansible_host}}',
        "address: '{{hostvars.web1.ansible_host}}'",
      ),
  },
  {
    name: 'a name beside an address for VRRP',
    hosts: hosts.replace(
      '{ansible_host: 192.0.2.12}',
      '{ansible_host: lb2.example.com, keepalived_ipv4_address: 192.0.2.12}',
    ),
  },
  {
    name: 'the own interface among those that are tracked',
    vars: instance('extra: |\n      track_interface {\n          eth0\n      }'),
    says: inGroup('16 keepalived_instances[0].extra'),
    and: 'VI_1 tracks eth0, its own interface: keepalived ignores that',
  },
  {
    name: 'binds as haproxy writes them',
    vars: balancers.replace('{port: 80}', "{address: '[::]', port: 443}"),
  },
]

for (const { name, hosts: inventory = hosts, vars = balancers, says = '', and = '' } of accepted) {
  test(`accepted: ${name}`, async () => {
    const { said, isFine } = await validate(inventory, vars)
    assert.ok(isFine, said)
    if (says === '') assert.is(said, '')
    else assert.ok(said.includes(says) && said.includes(and), said)
  })
}

test.run()
