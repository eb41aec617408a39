import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { PreflightInput } from '../../../../agent/checks/desired/rule.ts'
import { firewallDrops } from '../../../../agent/checks/desired/rules/firewall-drops.ts'
import type { OwnChain } from '../../../../agent/programs/netfilter/own-chain.ts'
import type { Remote } from '../../../../agent/source/remote-address.ts'
import { formatProblem } from '../../../../agent/system/errors.ts'
import { chain, host } from '../state.ts'

function vrrp(own: string, peer: string | null, more = ''): string {
  const unicast = peer === null ? '' : `unicast_src_ip ${own}\nunicast_peer {\n${peer}\n}`
  return `vrrp_instance VI_1 {
interface eth0
virtual_router_id 51
${unicast}
${more}
virtual_ipaddress {
192.0.2.101/24
}
}
`
}

interface World {
  readonly rules?: readonly string[]
  /** Instead of rules: all chains. */
  readonly chains?: readonly OwnChain[]
  readonly addresses?: readonly string[]
  /** Text of both keepalived.conf; by default unicast between lb1 and lb2. */
  readonly keepalived?: readonly [string, string]
  readonly haproxy?: string
  readonly remote?: Remote | null
  readonly sshPort?: number
  readonly evidencePort?: number
}

const git: Remote = { host: 'git.example.com', port: 443, protocol: 'https' }
const unicast = [vrrp('192.0.2.11', '192.0.2.12'), vrrp('192.0.2.12', '192.0.2.11')] as const
const multicast = [vrrp('', null), vrrp('', null)] as const

/** lb1 with the rules of a chain that drops the rest, and its peer lb2. */
function input(world: World): PreflightInput {
  const {
    addresses = ['192.0.2.11'],
    keepalived = unicast,
    haproxy = 'frontend a\nbind :80\n',
  } = world
  const chains = world.chains ?? [chain(world.rules ?? [])]
  return {
    self: host('lb1', addresses, { keepalived: keepalived[0], haproxy }, chains),
    peers: [host('lb2', ['192.0.2.12'], { keepalived: keepalived[1] })],
    remote: world.remote === undefined ? git : world.remote,
    ...(world.sshPort === undefined ? {} : { sshPort: world.sshPort }),
    ...(world.evidencePort === undefined ? {} : { evidencePort: world.evidencePort }),
  }
}

/** Level and what is dropped, of each finding: `error: VRRP from lb2 (192.0.2.12)`. */
function found(world: World): readonly string[] {
  return firewallDrops.check(input(world)).map(({ level, message }) => {
    const what = /^the firewall (?:would|may) drop (.*?)(?: \((?:rule|what) .*?)?: /.exec(
      message,
    )?.[1]
    return `${level}: ${what ?? message}`
  })
}

/** A chain that lets everything through that the pair needs. */
const good: Readonly<Record<string, string>> = {
  lo: '-i lo -j ACCEPT',
  established: '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  ssh: '-s 198.51.100.0/24 -p tcp --dport ssh -j ACCEPT',
  vrrp: '-s 192.0.2.12 -p 112 -j ACCEPT',
  evidence: '-p tcp -s 192.0.2.12 --dport 9721 -j ACCEPT',
  http: '-p tcp -m tcp --dport 80 -m state --state NEW -j ACCEPT',
}
const without = (...names: readonly string[]): readonly string[] =>
  Object.entries(good).flatMap(([name, rule]) => (names.includes(name) ? [] : [rule]))
const before = (...rules: readonly string[]): readonly string[] => [...rules, ...without()]

const all = {
  vrrp: 'error: VRRP from lb2 (192.0.2.12)',
  ssh: 'error: every new connection to ssh (port 22)',
  git: 'error: the answers of the Git remote git.example.com, port 443 (https)',
  dns: 'warning: the answers of the name servers (port 53)',
  lo: 'warning: what this node sends to itself (interface lo, coming in)',
  http: 'warning: every new connection to "bind :80" (/etc/haproxy/haproxy.cfg:2)',
  evidence: 'warning: every new connection to the evidence port 9721 from lb2 (192.0.2.12)',
  theirs: 'warning: the answers of the evidence port 9721 of lb2 (192.0.2.12)',
}

const balancers = `frontend a
bind :80
peers tables
peer lb1 192.0.2.11:1024
peer lb2 192.0.2.12:1024
`
const tables =
  'warning: every new connection to "peer lb1 192.0.2.11:1024" (/etc/haproxy/haproxy.cfg:4) from lb2 (192.0.2.12)'

const cases: readonly (readonly [string, World, readonly string[]])[] = [
  ['peers of haproxy', { rules: without(), haproxy: balancers }, [tables]],
  [
    'peers of haproxy, let in',
    { rules: [...without(), '-s 192.0.2.12 -p tcp --dport 1024 -j ACCEPT'], haproxy: balancers },
    [],
  ],
  [
    'peers of haproxy by lines of servers, by name',
    {
      rules: without(),
      haproxy: balancers.replaceAll('peer lb', 'server lb').replace('192.0.2.11:', '127.0.0.2:'),
    },
    [tables.replace('peer lb1 192.0.2.11', 'server lb1 127.0.0.2')],
  ],
  [
    'peers of haproxy that this host is none of',
    { rules: without(), haproxy: balancers.replace('lb1 192.0.2.11', 'lb3 192.0.2.13') },
    [],
  ],
  ['no firewall', { chains: [] }, []],
  ['all that is needed', { rules: without() }, []],
  ['a chain that returns', { chains: [chain([], { default: 'return' })] }, []],
  ['nothing', {}, Object.values(all)],
  ['a return for all', { rules: ['-j RETURN'] }, []],

  ['no VRRP', { rules: without('vrrp') }, [all.vrrp]],
  [
    'VRRP from another node',
    { rules: [...without('vrrp'), '-p vrrp -s 192.0.2.13 -j ACCEPT'] },
    [all.vrrp],
  ],
  [
    'VRRP by another interface',
    { rules: [...without('vrrp'), '-p vrrp -i eth1 -j ACCEPT'] },
    [all.vrrp],
  ],
  [
    'VRRP to the group alone',
    { rules: [...without('vrrp'), '-p vrrp -d 224.0.0.18 -j ACCEPT'] },
    [all.vrrp],
  ],
  [
    'VRRP only as an answer',
    { rules: [...without('vrrp'), '-p 112 -m state --state ESTABLISHED -j ACCEPT'] },
    [all.vrrp],
  ],
  [
    'VRRP that came too late',
    { rules: before('-s 192.0.2.0/24 -m state --state NEW -j REJECT') },
    [all.vrrp, all.evidence],
  ],
  [
    'VRRP by a limit',
    { rules: [...without('vrrp'), '-p vrrp -m limit --limit 5/s -j ACCEPT'] },
    ['warning: VRRP from lb2 (192.0.2.12)'],
  ],
  [
    'everything from the peer',
    { rules: [...without('vrrp', 'evidence'), '-s 192.0.2.12 -j ACCEPT'] },
    [],
  ],
  ['all VRRP', { rules: [...without('vrrp'), '-p vrrp -j ACCEPT'] }, []],
  [
    'an authentication header',
    {
      keepalived: [vrrp('192.0.2.11', '192.0.2.12', 'authentication { auth_type AH }'), unicast[1]],
      rules: without(),
    },
    [all.vrrp],
  ],

  [
    'multicast',
    { keepalived: multicast, rules: [...without('vrrp'), '-d 224.0.0.18 -p vrrp -j ACCEPT'] },
    [],
  ],
  [
    'multicast from the net',
    { keepalived: multicast, rules: [...without('vrrp'), '-s 192.0.2.0/24 -j ACCEPT'] },
    [],
  ],
  [
    'multicast, but unicast is open',
    { keepalived: multicast, rules: [...without('vrrp'), '-d 192.0.2.11 -p vrrp -j ACCEPT'] },
    [all.vrrp],
  ],
  // The peer's ansible_host need not be where its adverts come from.
  [
    'multicast from elsewhere',
    { keepalived: multicast, rules: [...without('vrrp'), '-s 10.0.0.0/8 -p vrrp -j ACCEPT'] },
    ['warning: VRRP from lb2 (192.0.2.12)'],
  ],
  [
    'multicast from where it says',
    {
      keepalived: [multicast[0], vrrp('', null, 'mcast_src_ip 10.0.0.12')],
      rules: [...without('vrrp'), '-s 10.0.0.0/8 -p vrrp -j ACCEPT'],
    },
    [],
  ],
  [
    'multicast from where it does not say',
    { keepalived: [multicast[0], vrrp('', null, 'mcast_src_ip 10.0.0.12')], rules: without() },
    ['error: VRRP from lb2 (10.0.0.12)'],
  ],
  [
    'multicast of nobody known',
    { keepalived: [multicast[0], ''], rules: without('vrrp') },
    ['error: every VRRP packet to the group 224.0.0.18'],
  ],

  ['no ssh', { rules: without('ssh') }, [all.ssh]],
  [
    'ssh on another port',
    { rules: without(), sshPort: 2222 },
    ['error: every new connection to ssh (port 2222)'],
  ],
  [
    'ssh from one address',
    { rules: [...without('ssh'), '-s 203.0.113.5 -p tcp --dport 22 -j ACCEPT'] },
    [],
  ],
  [
    'ssh from nobody: the same address is dropped first',
    { rules: before('-s 198.51.100.0/24 -j DROP') },
    [all.ssh],
  ],
  [
    'ssh from all but a net',
    { rules: [...without('ssh'), '! -s 203.0.113.0/24 -p tcp --dport 22 -j ACCEPT'] },
    [],
  ],
  [
    'ssh from a part of a dropped net',
    {
      rules: [
        '-s 198.51.100.7 -p tcp --dport 22 -j ACCEPT',
        '-s 198.51.100.0/24 -j DROP',
        ...without('ssh'),
      ],
    },
    [],
  ],
  [
    'ssh from the rest of a net',
    {
      rules: [
        '-s 10.0.0.0/9 -j DROP',
        '-s 10.0.0.0/8 -p tcp --dport 22 -j ACCEPT',
        ...without('ssh'),
      ],
    },
    [],
  ],
  [
    'ssh from the node itself is none',
    { rules: [...without('ssh'), '-s 192.0.2.11 -j ACCEPT'] },
    [all.ssh],
  ],
  [
    'ssh from loopback addresses is none',
    { rules: [...without('ssh'), '-s 127.0.0.0/8 -j ACCEPT'] },
    [all.ssh],
  ],
  [
    'ssh by one interface',
    { rules: [...without('ssh'), '-i tun0 -p tcp --dport 22 -j ACCEPT'] },
    [],
  ],
  [
    'ssh by a limit',
    { rules: [...without('ssh'), '-p tcp --dport 22 -m limit --limit 3/min -j ACCEPT'] },
    [],
  ],
  [
    'ssh by a limit after a drop',
    {
      rules: [
        '-p tcp --dport 22 -j DROP',
        ...without(),
        '-p tcp --dport 22 -m limit --limit 3/min -j ACCEPT',
      ],
    },
    [all.ssh],
  ],
  [
    'ssh that begins and never goes on',
    {
      rules: [
        ...without('ssh', 'established'),
        '-p tcp -m multiport --sports 443,9721 -j ACCEPT',
        '-p udp --sport 53 -j ACCEPT',
        '-p tcp --dport 80 -j ACCEPT',
        '-p tcp --syn --dport 22 -j ACCEPT',
      ],
    },
    ['error: the further packets of every connection to ssh (port 22)'],
  ],

  [
    'no answers',
    {
      rules: [
        ...without('established'),
        '-p tcp --dport 22 -j ACCEPT',
        '-p tcp --dport 80 -j ACCEPT',
      ],
    },
    [all.git, all.dns, all.theirs],
  ],
  [
    'no repo to fetch',
    {
      rules: [...without('established'), '-p tcp -m multiport --dports 22,80 -j ACCEPT'],
      remote: null,
    },
    [all.theirs],
  ],
  [
    'answers of the remote alone',
    {
      rules: [
        ...without('established'),
        '-p tcp -m multiport --dports 22,80 -j ACCEPT',
        '-s 203.0.113.1 -p tcp --sport 443 -j ACCEPT',
        '-p udp --sport 53 -j ACCEPT',
        '-p tcp --sport 9721 -j ACCEPT',
      ],
    },
    [],
  ],
  ['a remote by address', { rules: without(), remote: { ...git, host: '203.0.113.1' } }, []],
  [
    'a remote whose address is dropped',
    { rules: before('-s 203.0.113.0/24 -j DROP'), remote: { ...git, host: '203.0.113.1' } },
    ['error: the answers of the Git remote 203.0.113.1, port 443 (https)'],
  ],
  ['a remote that may be anywhere', { rules: before('-s 203.0.113.0/24 -j DROP') }, []],
  [
    'a remote whose answers are limited',
    {
      rules: before('-m string --string virus --algo bm -j DROP'),
      remote: { ...git, host: '203.0.113.1' },
    },
    [
      'warning: VRRP from lb2 (192.0.2.12)',
      'warning: the answers of the Git remote 203.0.113.1, port 443 (https)',
      'warning: every new connection to the evidence port 9721 from lb2 (192.0.2.12)',
      'warning: the answers of the evidence port 9721 of lb2 (192.0.2.12)',
    ],
  ],
  [
    'a remote on the node itself',
    { rules: without('established'), remote: { ...git, host: '192.0.2.11' }, haproxy: '' },
    [all.theirs],
  ],
  [
    'answers to an address that is not known',
    {
      rules: [
        '-d 10.0.0.11 -m state --state ESTABLISHED -j ACCEPT',
        '-p tcp -m multiport --dports 22,80 -j ACCEPT',
        ...without('established'),
      ],
      remote: { ...git, host: '203.0.113.1' },
    },
    ['warning: the answers of the Git remote 203.0.113.1, port 443 (https)', all.theirs],
  ],
  [
    'answers to an address of the facts',
    {
      rules: [
        '-d 10.0.0.11 -m state --state ESTABLISHED -j ACCEPT',
        ...without('established'),
        '-p tcp --dport 22 -j ACCEPT',
        '-p tcp --dport 80 -j ACCEPT',
      ],
      addresses: ['192.0.2.11', '10.0.0.11'],
      remote: { ...git, host: '203.0.113.1' },
    },
    [all.theirs],
  ],

  ['no loopback', { rules: without('lo') }, [all.lo]],

  ['no http', { rules: without('http') }, [all.http]],
  [
    'http from some',
    { rules: [...without('http'), '-s 198.51.100.0/24 -p tcp --dport 80 -j ACCEPT'] },
    [],
  ],
  [
    'http to a VIP',
    { rules: [...without('http'), '-d 192.0.2.101 -p tcp --dport 80 -j ACCEPT'] },
    [],
  ],
  [
    'http to another VIP',
    {
      haproxy: 'frontend a\n  bind 192.0.2.102:80\n',
      rules: [...without('http'), '-d 192.0.2.101 -p tcp --dport 80 -j ACCEPT'],
    },
    ['warning: every new connection to "bind 192.0.2.102:80" (/etc/haproxy/haproxy.cfg:2)'],
  ],
  [
    'https as well',
    { haproxy: 'frontend a\nbind :80\nbind :443 ssl\nbind quic4@:443\n', rules: without() },
    [
      'warning: every new connection to "bind :443" (/etc/haproxy/haproxy.cfg:3)',
      'warning: every new connection to "bind quic4@:443" (/etc/haproxy/haproxy.cfg:4)',
    ],
  ],
  [
    'ports for nobody else',
    {
      haproxy: 'listen s\nbind 127.0.0.1:8404\nbind [::1]:8404\nbind /run/s.sock\n',
      rules: without(),
    },
    [],
  ],
  [
    'IPv6 where the node has none',
    { haproxy: 'frontend a\nbind :::80 v4v6\n', rules: without() },
    [],
  ],

  ['no evidence', { rules: without('evidence') }, [all.evidence]],
  [
    'evidence on another port',
    { rules: without(), evidencePort: 9000 },
    ['warning: every new connection to the evidence port 9000 from lb2 (192.0.2.12)'],
  ],
  [
    'evidence at the own address',
    { rules: [...without('evidence'), '-d 192.0.2.11 -i eth0 -p tcp --dport 9721 -j ACCEPT'] },
    [],
  ],
]
for (const [name, world, expected] of cases) {
  test(`${name}: ${expected.length === 0 ? 'nothing' : expected.join(', ')}`, () => {
    assert.equal(found(world), expected)
  })
}

const inOut = (out: readonly string[]): readonly OwnChain[] => [
  chain(without()),
  chain(out, { chain: 'EVENKEEL-OUT', parent: 'OUTPUT' }),
]
const established = '-m conntrack --ctstate ESTABLISHED -j ACCEPT'
const goodOut = [
  '-o lo -j ACCEPT',
  established,
  '-p 112 -d 192.0.2.12 -j ACCEPT',
  '-p tcp -m multiport --dports 443,9721 -j ACCEPT',
  '-p udp --dport 53 -j ACCEPT',
]
const outCases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['all that is needed', goodOut, []],
  [
    'nothing',
    [],
    [
      'error: VRRP to lb2 (192.0.2.12)',
      'error: the answers of ssh (port 22)',
      'error: connections to the Git remote git.example.com, port 443 (https)',
      'warning: connections to the name servers (port 53)',
      'warning: what this node sends to itself (interface lo, going out)',
      'warning: the answers of "bind :80" (/etc/haproxy/haproxy.cfg:2)',
      'warning: the answers of the evidence port 9721 from lb2 (192.0.2.12)',
      'warning: connections to the evidence port 9721 of lb2 (192.0.2.12)',
    ],
  ],
  ['no name servers', goodOut.slice(0, 4), ['warning: connections to the name servers (port 53)']],
  ['no VRRP', goodOut.filter((rule) => !rule.includes('112')), ['error: VRRP to lb2 (192.0.2.12)']],
]
for (const [name, rules, expected] of outCases) {
  test(`what goes out, ${name}: ${expected.join(', ')}`, () => {
    assert.equal(found({ chains: inOut(rules) }), expected)
  })
}

const six = { family: 'ipv6', chain: 'EVENKEEL-IN' } as const
const ndp = ['-p icmpv6 --icmpv6-type 135 -j ACCEPT', '-p icmpv6 --icmpv6-type 136 -j ACCEPT']
const ipv6Cases: readonly (readonly [string, World, readonly string[]])[] = [
  ['not used', { chains: [chain(without()), chain([], six)] }, []],
  ['link-local alone', { chains: [chain([], six)], addresses: ['192.0.2.11', 'fe80::11'] }, []],
  [
    'used, and all dropped',
    {
      chains: [chain([], six)],
      addresses: ['192.0.2.11', '2001:db8::11'],
      haproxy: 'frontend a\nbind :::80 v4v6\n',
    },
    [
      'warning: every new connection to ssh (port 22) over IPv6',
      'error: IPv6 neighbour discovery (ICMPv6 type 135, coming in)',
      'warning: every new connection to "bind :::80" (/etc/haproxy/haproxy.cfg:2) over IPv6',
    ],
  ],
  [
    'the way to the node',
    { chains: [chain(ndp, six)], addresses: ['2001:db8::11', '192.0.2.11'] },
    ['error: every new connection to ssh (port 22) over IPv6'],
  ],
  [
    'neighbour discovery as if it were tracked',
    {
      chains: [chain(['-m state --state NEW,ESTABLISHED -j ACCEPT'], six)],
      addresses: ['192.0.2.11', '2001:db8::11'],
    },
    ['error: IPv6 neighbour discovery (ICMPv6 type 135, coming in)'],
  ],
  [
    'neighbour discovery with its hop limit',
    {
      chains: [chain([...ndp.map((rule) => `-m hl --hl-eq 255 ${rule}`), '-p tcp -j ACCEPT'], six)],
      addresses: ['192.0.2.11', '2001:db8::11'],
    },
    [],
  ],
  [
    'multicast of link-local peers',
    {
      keepalived: [vrrp('', null, 'native_ipv6'), vrrp('', null, 'native_ipv6')],
      chains: [chain([...ndp, '-s fe80::/10 -d ff02::12 -p 112 -j ACCEPT'], six)],
    },
    [],
  ],
  [
    'multicast of nobody',
    {
      keepalived: [vrrp('', null, 'native_ipv6'), vrrp('', null, 'native_ipv6')],
      chains: [chain([...ndp, '-s 2001:db8::/32 -p 112 -j ACCEPT'], six)],
    },
    ['error: VRRP from lb2 (by multicast)'],
  ],
]
for (const [name, world, expected] of ipv6Cases) {
  test(`IPv6, ${name}: ${expected.join(', ')}`, () => {
    assert.equal(found(world), expected)
  })
}

/** Places and whole sentences. */
const sentences: readonly (readonly [string, World, string])[] = [
  [
    'the default',
    { rules: without('vrrp') },
    'roles/iptables/tasks/main.yml:12 iptables: the firewall would drop VRRP from lb2 (192.0.2.12): both nodes would become MASTER and hold the VIPs; allow "-p 112 -s 192.0.2.12 -j ACCEPT" in chain EVENKEEL-IN',
  ],
  [
    'a drop of everything as the last rule',
    { chains: [chain([...without('vrrp'), '-j DROP'], { default: 'return' })] },
    'roles/iptables/tasks/main.yml:12 iptables: the firewall would drop VRRP from lb2 (192.0.2.12): both nodes would become MASTER and hold the VIPs; allow "-p 112 -s 192.0.2.12 -j ACCEPT" in chain EVENKEEL-IN',
  ],
  [
    'a rule',
    { rules: before('-p tcp --dport 22 -j REJECT') },
    'roles/iptables/tasks/main.yml:12 iptables.rules[0]: the firewall would drop every new connection to ssh (port 22): nobody could log in to repair the node; allow "-p tcp --dport 22 -j ACCEPT" before rule 1 ("-p tcp --dport 22 -j REJECT") of chain EVENKEEL-IN',
  ],
  [
    'a rule that may match',
    { rules: before('-p 112 -m limit --limit 1/s -j DROP') },
    'roles/iptables/tasks/main.yml:12 iptables.rules[0]: the firewall may drop VRRP from lb2 (192.0.2.12) (rule 1 ("-p 112 -m limit --limit 1/s -j DROP") depends on more than the packet): both nodes would become MASTER and hold the VIPs; allow "-p 112 -s 192.0.2.12 -j ACCEPT" before rule 1 ("-p 112 -m limit --limit 1/s -j DROP") of chain EVENKEEL-IN',
  ],
  [
    'a rule with a place of its own',
    {
      chains: [
        chain(before('-p 112 -j DROP'), {
          rulePlaces: [{ file: 'inventory/group_vars/lb.yml', line: 7, key: 'iptables_rules[0]' }],
        }),
      ],
    },
    'inventory/group_vars/lb.yml:7 iptables_rules[0]: the firewall would drop VRRP from lb2 (192.0.2.12): both nodes would become MASTER and hold the VIPs; allow "-p 112 -s 192.0.2.12 -j ACCEPT" before rule 1 ("-p 112 -j DROP") of chain EVENKEEL-IN',
  ],
]
for (const [name, world, sentence] of sentences) {
  test(`says what to do: ${name}`, () => {
    assert.equal(firewallDrops.check(input(world)).map(formatProblem), [sentence])
  })
}

test.run()
