/** What the kernel has no say in (packet-real.test.ts asks it): doubts, names, blocks of addresses, blame. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ownFirewall } from '../../../agent/programs/netfilter/firewall.ts'
import { judgePacket } from '../../../agent/programs/netfilter/judge-packet.ts'
import type { Verdict } from '../../../agent/programs/netfilter/judge-packet.ts'
import type { OwnChain } from '../../../agent/programs/netfilter/own-chain.ts'
import type { Packet } from '../../../agent/programs/netfilter/packet.ts'
import { chain } from '../../checks/desired/state.ts'

const ssh: Packet = {
  family: 'ipv4',
  direction: 'in',
  protocol: 'tcp',
  source: '192.0.2.12',
  destination: '192.0.2.11',
  sourcePort: { first: 32768, last: 60999 },
  destinationPort: 22,
  state: 'NEW',
  interface: 'eth0',
}
const established: Packet = { ...ssh, state: 'ESTABLISHED' }
const vrrp: Packet = { ...ssh, protocol: 'vrrp', sourcePort: undefined, destinationPort: undefined }
const anybody: Packet = { ...ssh, source: undefined, interface: undefined }

function judge(chains: readonly OwnChain[], packet: Packet): Verdict {
  return judgePacket(ownFirewall(chains), packet).verdict
}

/** All these rules stand before the chain's drop. */
const cases: readonly (readonly [string, readonly string[], Packet, Verdict])[] = [
  ['nothing accepts', [], ssh, 'drop'],
  ['a rule without a target only counts', ['-p tcp --dport 22'], ssh, 'drop'],
  ['a log is no verdict', ['-j LOG --log-prefix "-j ACCEPT "'], ssh, 'drop'],
  ['a name of a service', ['-p tcp --dport ssh -j ACCEPT'], ssh, 'accept'],
  ['a name that is not known', ['-p tcp --dport my-service -j ACCEPT'], ssh, 'unknown'],
  [
    'a name in a list with the number',
    ['-p tcp -m multiport --dports my-service,22 -j ACCEPT'],
    ssh,
    'accept',
  ],
  ['a port in hexadecimal', ['-p tcp --dport 0x16 -j ACCEPT'], ssh, 'accept'],
  ['a protocol by another name', ['-p carp -j ACCEPT'], vrrp, 'accept'],
  ['a protocol that is not known', ['-p my-protocol -j ACCEPT'], vrrp, 'unknown'],
  ['every protocol', ['-p all -j ACCEPT'], vrrp, 'accept'],
  ['a host by name', ['-s lb2.example.com -j ACCEPT'], ssh, 'unknown'],
  [
    'a host by name, but another port',
    ['-s lb2.example.com -p tcp --dport 80 -j ACCEPT'],
    ssh,
    'drop',
  ],
  ['an option with an equals sign', ['--protocol=tcp --dport=22 --jump=ACCEPT'], ssh, 'accept'],
  ['an option that is not known', ['-p tcp --colour green -j ACCEPT'], ssh, 'unknown'],
  ['an option of the target', ['-p tcp -j NFLOG --nflog-group 5', '-j ACCEPT'], ssh, 'accept'],
  [
    'an option of a module behind the target',
    ['-j ACCEPT -p tcp -m owner --uid-owner 0'],
    ssh,
    'unknown',
  ],
  [
    'an unknown option behind a plain target',
    ['-m conntrack -j ACCEPT --ctproto 6'],
    ssh,
    'unknown',
  ],
  ['a state that NAT makes', ['-m conntrack --ctstate DNAT -j ACCEPT'], ssh, 'unknown'],
  ['the other states', ['-m conntrack ! --ctstate INVALID -j ACCEPT'], ssh, 'accept'],
  [
    'doubt before what accepts anyway',
    ['-m limit --limit 1/s -j ACCEPT', '-j ACCEPT'],
    ssh,
    'accept',
  ],
  [
    'doubt before what drops anyway',
    ['-m limit --limit 1/s -j DROP', '-p tcp -j REJECT'],
    ssh,
    'drop',
  ],
  ['a doubtful drop', ['-m recent --name bad --rcheck -j DROP', '-j ACCEPT'], ssh, 'unknown'],
  ['a doubtful return', ['-m limit --limit 1/s -j RETURN', '-j ACCEPT'], ssh, 'continue'],
  ['a chain of others', ['-j f2b-sshd', '-j ACCEPT'], ssh, 'unknown'],
  ['a queue', ['-j NFQUEUE'], ssh, 'unknown'],
  ['a fragment', ['-f -j ACCEPT'], ssh, 'drop'],
  ['another family', ['-6 -j ACCEPT'], ssh, 'drop'],
  ['this family', ['-4 -j ACCEPT'], ssh, 'accept'],
  ['a mask with holes', ['-s 192.0.2.12/255.0.255.255 -j ACCEPT'], ssh, 'unknown'],
  ['the whole block', ['-s 192.0.2.0/24 -j ACCEPT'], { ...ssh, source: '192.0.2.8/29' }, 'accept'],
  [
    'a part of the block',
    ['-s 192.0.2.12 -j ACCEPT'],
    { ...ssh, source: '192.0.2.8/29' },
    'unknown',
  ],
  ['beside the block', ['-s 192.0.2.0/29 -j ACCEPT'], { ...ssh, source: '192.0.2.8/29' }, 'drop'],
  ['everybody', ['-s 0.0.0.0/0 -j ACCEPT'], anybody, 'accept'],
  ['somebody', ['-s 192.0.2.12 -j ACCEPT'], anybody, 'unknown'],
  ['the loopback is not any interface', ['-i lo -j ACCEPT'], anybody, 'drop'],
  ['any but the loopback', ['! -i lo -j ACCEPT'], anybody, 'accept'],
  ['one of the interfaces', ['-i eth0 -j ACCEPT'], anybody, 'unknown'],
  ['a part of the ports', ['-p tcp --sport 1024:40000 -j ACCEPT'], ssh, 'unknown'],
  ['all of the ports', ['-p tcp --sport 1024: -j ACCEPT'], ssh, 'accept'],
  ['a first segment', ['-p tcp --tcp-flags ALL SYN -j ACCEPT'], ssh, 'accept'],
  ['no first segment', ['-p tcp ! --syn -j ACCEPT'], established, 'accept'],
  [
    'scans',
    [
      '-p tcp --tcp-flags ALL FIN,PSH,URG -j DROP',
      '-p tcp --tcp-flags SYN,FIN SYN,FIN -j DROP',
      '-j ACCEPT',
    ],
    established,
    'accept',
  ],
  [
    'an echo among other types',
    ['-p icmp -j ACCEPT --icmp-type 3/4'],
    { ...vrrp, protocol: 'icmp', icmpType: 3 },
    'unknown',
  ],
  ['no word at all', [''], ssh, 'drop'],
]
for (const [name, rules, packet, verdict] of cases) {
  test(`${verdict}: ${name}`, () => {
    assert.is(judge([chain(rules)], packet), verdict, rules.join('\n'))
  })
}

test('continues through a chain that returns, and where there is none', () => {
  assert.is(judge([chain(['-p udp -j DROP'], { default: 'return' })], ssh), 'continue')
  assert.is(judge([chain([], { family: 'ipv6' })], ssh), 'continue')
  assert.is(judge([chain([], { parent: 'OUTPUT' })], ssh), 'continue')
  assert.is(judge([chain([], { parent: 'FORWARD' })], ssh), 'continue')
})

test('a loop of chains ends, as doubt', () => {
  const one = chain(['-j EVENKEEL-B'])
  const other = chain(['-j EVENKEEL-IN'], { chain: 'EVENKEEL-B', parent: 'FORWARD' })
  assert.is(judge([one, other], ssh), 'unknown')
})

function to(port: number): Packet {
  return { ...ssh, destinationPort: port }
}

test('what nat may send elsewhere has an unknown port', () => {
  const nat = {
    table: 'nat',
    parent: 'PREROUTING',
    default: 'return',
    chain: 'EVENKEEL-NAT',
  } as const
  const only22 = chain(['-p tcp --dport 22 -j ACCEPT'])
  const redirect = chain(['-p tcp --dport 2222 -j REDIRECT --to-ports 22'], nat)
  assert.is(judge([redirect, only22], to(2222)), 'unknown')
  assert.is(judge([redirect, only22], to(22)), 'accept')
  assert.is(judge([redirect, only22], to(80)), 'drop')
})

test('blames the rule that drops, where a default counts as the last one', () => {
  const inner = chain(['-p udp -j ACCEPT', '-p tcp -j DROP'], {
    chain: 'EVENKEEL-B',
    parent: 'FORWARD',
  })
  const outer = chain(['-j EVENKEEL-B', '-m limit -j DROP'])
  const firewall = ownFirewall([outer, inner])
  const by = (name: string, rule: number) => ({
    family: 'ipv4',
    table: 'filter',
    chain: name,
    rule,
  })
  assert.equal(judgePacket(firewall, ssh).by, by('EVENKEEL-B', 1))
  assert.equal(judgePacket(firewall, vrrp).by, by('EVENKEEL-B', 2))
  const doubt = ownFirewall([chain(['-m limit -j DROP', '-p tcp -j ACCEPT'])])
  assert.equal(judgePacket(doubt, ssh).by, by('EVENKEEL-IN', 0))
  // The first rule may drop it, but the default certainly does.
  assert.equal(judgePacket(doubt, vrrp).by, by('EVENKEEL-IN', 2))
  assert.is(judgePacket(ownFirewall([chain(['-j ACCEPT'])]), ssh).by, null)
})

test.run()
