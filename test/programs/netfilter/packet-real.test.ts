/**
 * The evaluator against the kernel: rule sets in two network namespaces joined by a cable, real packets,
 * and the counters of rules before, behind and after our chains.
 */
import { execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ownFirewall, savedFirewall } from '../../../agent/programs/netfilter/firewall.ts'
import { judgePacket } from '../../../agent/programs/netfilter/judge-packet.ts'
import type { Verdict } from '../../../agent/programs/netfilter/judge-packet.ts'
import type { OwnChain } from '../../../agent/programs/netfilter/own-chain.ts'
import type { Packet } from '../../../agent/programs/netfilter/packet.ts'
import { parseSaves } from '../../../agent/programs/netfilter/saved-table.ts'
import { chain } from '../../checks/desired/state.ts'
import { enterNamespace } from '../../resources/namespace.ts'

enterNamespace(import.meta.url)

/** A packet to send, and how conntrack and the rules see it. */
interface Sample {
  readonly family: 'ipv4' | 'ipv6'
  readonly protocol: 'tcp' | 'udp' | 'vrrp' | 'ah' | 'icmp' | 'icmpv6'
  readonly from: string
  readonly to: string
  readonly port?: number
  readonly type?: number
  /** Number of the open connection that it goes over. */
  readonly open?: number
}

const tcp = (from: string, port: number, to = '192.0.2.11'): Sample => ({
  family: 'ipv4',
  protocol: 'tcp',
  from,
  to,
  port,
})
const samples: readonly Sample[] = [
  tcp('192.0.2.12', 22),
  tcp('192.0.2.13', 22),
  tcp('198.51.100.7', 22),
  tcp('192.0.2.12', 80),
  tcp('198.51.100.7', 80, '192.0.2.101'),
  tcp('192.0.2.12', 443),
  tcp('192.0.2.13', 8005),
  tcp('192.0.2.12', 9721),
  { ...tcp('192.0.2.12', 8000), open: 0 },
  { ...tcp('198.51.100.7', 8000), open: 1 },
  { family: 'ipv4', protocol: 'udp', from: '192.0.2.12', to: '192.0.2.11', port: 514 },
  { family: 'ipv4', protocol: 'udp', from: '198.51.100.7', to: '192.0.2.11', port: 53 },
  { family: 'ipv4', protocol: 'vrrp', from: '192.0.2.12', to: '192.0.2.11' },
  { family: 'ipv4', protocol: 'vrrp', from: '192.0.2.13', to: '192.0.2.11' },
  { family: 'ipv4', protocol: 'vrrp', from: '192.0.2.12', to: '224.0.0.18' },
  { family: 'ipv4', protocol: 'ah', from: '192.0.2.12', to: '224.0.0.18' },
  { family: 'ipv4', protocol: 'icmp', from: '192.0.2.12', to: '192.0.2.11', type: 8 },
  { family: 'ipv6', protocol: 'tcp', from: '2001:db8::12', to: '2001:db8::11', port: 22 },
  { family: 'ipv6', protocol: 'tcp', from: '2001:db8::12', to: '2001:db8::11', port: 80 },
  {
    family: 'ipv6',
    protocol: 'tcp',
    from: '2001:db8::12',
    to: '2001:db8::11',
    port: 8000,
    open: 2,
  },
  { family: 'ipv6', protocol: 'udp', from: '2001:db8::13', to: '2001:db8::11', port: 514 },
  { family: 'ipv6', protocol: 'vrrp', from: '2001:db8::12', to: '2001:db8::11' },
  { family: 'ipv6', protocol: 'icmpv6', from: '2001:db8::12', to: '2001:db8::11', type: 135 },
  { family: 'ipv6', protocol: 'icmpv6', from: '2001:db8::12', to: '2001:db8::11', type: 136 },
]

/** The connections that samples with `open` go over; each rule set has its own, made beforehand. */
const connections = [
  ['192.0.2.12', '192.0.2.11', 8000],
  ['198.51.100.7', '192.0.2.11', 8000],
  ['2001:db8::12', '2001:db8::11', 8000],
] as const

const randomSets = 25
const randomTables = 25
/** At least as many as are tried below. */
const ruleSets = randomSets + randomTables + 25
let setsTried = 0

const sender = spawn(
  'unshare',
  ['--net', 'python3', join(import.meta.dirname, 'send-packets.py')],
  {
    stdio: ['pipe', 'pipe', 'inherit'],
  },
)
const answers = createInterface({ input: sender.stdout })[Symbol.asyncIterator]()
const accepted: Socket[] = []
const server = createServer((socket) => {
  accepted.push(socket)
  // The other side ends its connections with a reset.
  socket.on('error', () => socket.destroy())
})

const group4 = createSocket('udp4')
const group6 = createSocket('udp6')

test.before(async () => {
  // Its answer tells that it has its network namespace.
  await order({})
  ip('link', 'set', 'lo', 'up')
  const near = ['address', '02:00:00:00:00:01']
  const far = ['address', '02:00:00:00:00:02']
  ip('link', 'add', 'eth0', ...near, 'type', 'veth', 'peer', 'eth1', ...far)
  ip('link', 'set', 'eth1', 'netns', String(sender.pid))
  for (const address of ['192.0.2.11/24', '192.0.2.101/32', '2001:db8::11/64']) {
    ip('address', 'add', address, 'dev', 'eth0', ...(address.includes(':') ? ['nodad'] : []))
  }
  const theirs = [
    '192.0.2.12/24',
    '192.0.2.13/24',
    '198.51.100.7/32',
    '2001:db8::12/64',
    '2001:db8::13/64',
  ]
  for (const address of theirs) {
    ipThere('address', 'add', address, 'dev', 'eth1', ...(address.includes(':') ? ['nodad'] : []))
  }
  ip('link', 'set', 'eth0', 'up')
  ipThere('link', 'set', 'eth1', 'up')
  ip('route', 'add', '198.51.100.0/24', 'dev', 'eth0')
  // Neighbours are written down: rule sets may drop what would find them.
  for (const address of theirs) {
    ip('neigh', 'add', address.split('/')[0] ?? '', 'lladdr', '02:00:00:00:00:02', 'dev', 'eth0')
  }
  for (const address of ['192.0.2.11', '192.0.2.101', '2001:db8::11']) {
    ipThere('neigh', 'add', address, 'lladdr', '02:00:00:00:00:01', 'dev', 'eth1')
  }
  // The kernel routes nothing to a group that nobody here is in.
  group4.bind(4004)
  group6.bind(4006)
  await Promise.all([once(group4, 'listening'), once(group6, 'listening')])
  group4.addMembership('224.0.0.18', '192.0.2.11')
  group6.addMembership('ff02::12', '::%eth0')
  server.listen(8000, '::')
  await once(server, 'listening')
  // A rule that asks for the state makes the kernel track connections.
  for (const direction of ['in', 'out'] as const) load(direction, ['ipv4', 'ipv6'], [])
  await order({ connect: Array.from({ length: ruleSets }, () => connections).flat() })
})

test.after(() => {
  for (const socket of accepted) socket.destroy()
  server.close()
  group4.close()
  group6.close()
  sender.stdin.end()
  sender.kill()
})

function ip(...args: readonly string[]): void {
  execFileSync('ip', args)
}

/** On the sender's side. */
function ipThere(...args: readonly string[]): void {
  execFileSync('nsenter', ['-t', String(sender.pid), '-n', 'ip', ...args])
}

async function order(message: object): Promise<void> {
  sender.stdin.write(`${JSON.stringify(message)}\n`)
  const answer = await answers.next()
  assert.is(answer.value, 'done', 'send-packets.py ended')
}

type Direction = 'in' | 'out'
type FamilyName = 'ipv4' | 'ipv6'

/** Runs a program of iptables on the side whose firewall is tried: the receiver's, or the sender's. */
function onSide(direction: Direction, argv: readonly string[], input?: string): string {
  const whole = direction === 'in' ? argv : ['nsenter', '-t', String(sender.pid), '-n', ...argv]
  return execFileSync(whole[0] ?? '', whole.slice(1), { input: input ?? '', encoding: 'utf8' })
}

/** A rule for each sample that does nothing but count it. */
function counters(parent: string): readonly string[] {
  return samples.map((_, index) => `-A ${parent} -m dscp --dscp ${index + 1}`)
}

/** Our chains between rules without a target that count each sample by its DSCP value. */
function restoreText(
  direction: Direction,
  family: FamilyName,
  chains: readonly OwnChain[],
): string {
  const [first, last, hook] =
    direction === 'in'
      ? ['PREROUTING', ['security', 'INPUT'], 'INPUT']
      : ['OUTPUT', ['mangle', 'POSTROUTING'], 'OUTPUT']
  return ['raw', 'mangle', 'filter', 'security']
    .flatMap((table) => {
      const ours = chains.filter((it) => it.table === table && it.family === family)
      return [
        `*${table}`,
        ...ours.map((it) => `:${it.chain} - [0:0]`),
        ...(table === 'raw' ? counters(first) : []),
        // Without a rule that asks for the state, the kernel tracks nothing.
        ...(table === 'mangle' ? [`-A ${hook} -m conntrack --ctstate NEW`] : []),
        ...ours.map((it) => `-A ${it.parent} -j ${it.chain}`),
        ...ours.flatMap((it) =>
          it.rules.map((rule) => (rule.startsWith('-A ') ? rule : `-A ${it.chain} ${rule}`)),
        ),
        ...ours.filter((it) => it.default === 'drop').map((it) => `-A ${it.chain} -j DROP`),
        ...(table === 'filter' ? counters(hook) : []),
        ...(table === last[0] ? counters(String(last[1])) : []),
        'COMMIT',
      ]
    })
    .join('\n')
    .concat('\n')
}

/** Packets of each sample that reached a counter, by `FAMILY TABLE CHAIN DSCP`. */
function readCounters(direction: Direction, family: FamilyName): ReadonlyMap<string, number> {
  const save = family === 'ipv4' ? 'iptables-save' : 'ip6tables-save'
  const counts = new Map<string, number>()
  let table = ''
  for (const line of onSide(direction, [save, '-c']).split('\n')) {
    if (line.startsWith('*')) table = line.slice(1)
    const match = /^\[(\d+):\d+\] -A (\S+) -m dscp --dscp (0x\w+)$/.exec(line)
    if (match) counts.set(`${family} ${table} ${match[2]} ${Number(match[3])}`, Number(match[1]))
  }
  return counts
}

function load(
  direction: Direction,
  families: readonly FamilyName[],
  chains: readonly OwnChain[],
): void {
  for (const family of families) {
    const restore = family === 'ipv4' ? 'iptables-restore' : 'ip6tables-restore'
    onSide(direction, [restore], restoreText(direction, family, chains))
  }
}

/** What the kernel did with each sample of the families that the chains are for. */
async function realVerdicts(
  direction: Direction,
  chains: readonly OwnChain[],
): Promise<ReadonlyMap<Sample, Verdict>> {
  const families = (['ipv4', 'ipv6'] as const).filter((it) => chains.some((c) => c.family === it))
  load(direction, families, chains)
  return sendSamples(direction, families)
}

/** What the kernel does with each sample by the rules that are loaded. */
async function sendSamples(
  direction: Direction,
  families: readonly FamilyName[],
): Promise<ReadonlyMap<Sample, Verdict>> {
  const [first, last, hook] =
    direction === 'in'
      ? ['raw PREROUTING', 'security INPUT', 'filter INPUT']
      : ['raw OUTPUT', 'mangle POSTROUTING', 'filter OUTPUT']
  const tried = samples.filter((sample) => families.includes(sample.family))
  const set = setsTried++
  const send = tried.map((sample) => ({
    ...sample,
    dscp: samples.indexOf(sample) + 1,
    ...(sample.open === undefined ? {} : { open: set * connections.length + sample.open }),
  }))
  await order({ send })
  for (let round = 0; ; round++) {
    const counts = families.map((family) => readCounters(direction, family))
    const met = (sample: Sample, name: string): boolean =>
      counts.some(
        (it) => (it.get(`${sample.family} ${name} ${samples.indexOf(sample) + 1}`) ?? 0) > 0,
      )
    const missing = tried.filter((sample) => !met(sample, first))
    // Each round takes some 20 ms: a packet gets half a second to arrive.
    if (missing.length > 0 && round < 25) continue
    assert.equal(missing, [], 'packets that never arrived')
    return new Map(
      tried.map((sample): [Sample, Verdict] => {
        if (met(sample, hook)) return [sample, 'continue']
        return [sample, met(sample, last) ? 'accept' : 'drop']
      }),
    )
  }
}

/** The sample as the evaluator is told of it. */
function toPacket(sample: Sample, direction: Direction): Packet {
  const isDiscovery = sample.type === 135 || sample.type === 136
  return {
    family: sample.family,
    direction,
    protocol: sample.protocol,
    source: sample.from,
    destination: sample.to,
    sourcePort: sample.port === undefined ? undefined : { first: 32768, last: 60999 },
    destinationPort: sample.port,
    icmpType: sample.type,
    state: isDiscovery ? 'UNTRACKED' : sample.open === undefined ? 'NEW' : 'ESTABLISHED',
    interface: direction === 'in' ? 'eth0' : 'eth1',
  }
}

/** Compares all samples; returns how many the evaluator left open. */
async function compare(direction: Direction, chains: readonly OwnChain[]): Promise<number> {
  const firewall = ownFirewall(chains)
  const text = chains.map((it) => [it.chain, ...it.rules, it.default].join('\n  ')).join('\n')
  let open = 0
  for (const [sample, real] of await realVerdicts(direction, chains)) {
    const judged = judgePacket(firewall, toPacket(sample, direction)).verdict
    if (judged === 'unknown') open++
    else assert.is(judged, real, `${JSON.stringify(sample)} ${direction} through\n${text}\n`)
  }
  return open
}

function both(rules: readonly string[], other: Partial<OwnChain> = {}): readonly OwnChain[] {
  return [chain(rules, other), chain(rules, { ...other, family: 'ipv6' })]
}

/** Written by people, in all ways that iptables takes. */
const written: Readonly<Record<string, readonly OwnChain[]>> = {
  'the rules of the tutorial, then a drop': [
    chain([
      '-m state --state ESTABLISHED,RELATED -j ACCEPT',
      '-i lo -j ACCEPT',
      '-s 192.0.2.0/24 -d 224.0.0.18 -j ACCEPT',
      '-s 192.0.2.0/24 -p vrrp -j ACCEPT',
      '-m state --state NEW -m tcp -p tcp --dport 80 -j ACCEPT',
    ]),
  ],
  'names, lists, ranges and negations': [
    chain([
      '-p tcp -m multiport --dports ssh,https,8000:8010 -s 192.0.2.12,198.51.100.7 -j ACCEPT',
      '! -s 192.0.2.99/24 -p tcp --dport www -j REJECT --reject-with tcp-reset',
      '-p tcp ! --dport 1024: -j RETURN',
      '-p udp --dport :514 -m iprange --src-range 192.0.2.1-192.0.2.12 -j ACCEPT',
      '-p 112 ! -d 192.0.2.11 -m comment --comment "to the group -j DROP" -j ACCEPT',
    ]),
  ],
  'long options in any order': [
    chain([
      '--jump ACCEPT --protocol tcp --destination-port 22 --source 192.0.2.13/32',
      '-j REJECT --in-interface eth+ --protocol icmp --icmp-type echo-request',
      '--match state --state NEW --protocol vrrp --src 192.0.2.12 --dst 192.0.2.11 --jump ACCEPT',
      '-m conntrack --ctstate established -j ACCEPT --in-interface eth1',
      '-m conntrack ! --ctstate NEW -j ACCEPT --in-interface eth0',
    ]),
  ],
  'what iptables-save prints': [
    chain([
      '-A EVENKEEL-IN -s 192.0.2.12/32 -p vrrp -j ACCEPT',
      '-A EVENKEEL-IN -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m tcp --dport 22 -j RETURN',
      '-A EVENKEEL-IN -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE -j DROP',
      '-A EVENKEEL-IN -p tcp -m state --state NEW -m tcp --dport 80:443 -j ACCEPT',
      '-A EVENKEEL-IN -p icmp -m icmp --icmp-type 8 -j ACCEPT',
      '-A EVENKEEL-IN -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT',
    ]),
  ],
  'a chain that calls one of ours, and one that goes to it': [
    chain(['-p tcp -j EVENKEEL-TCP', '-p udp -g EVENKEEL-TCP', '-p vrrp -j ACCEPT']),
    chain(
      [
        '-p tcp --dport 22 -s 192.0.2.12 -j ACCEPT',
        '-p tcp --dport 22 -j RETURN',
        '-s 192.0.2.12 -j DROP',
      ],
      { chain: 'EVENKEEL-TCP', parent: 'FORWARD', default: 'return' },
    ),
  ],
  'two chains on one parent': [
    chain(['-p tcp --dport 80 -j ACCEPT', '-p tcp --dport 22 -j RETURN'], { default: 'return' }),
    chain(['-p tcp -m multiport --ports 80,443 -j DROP', '-p tcp -j ACCEPT'], {
      chain: 'EVENKEEL-2',
    }),
  ],
  'tables before filter': [
    chain(['-p tcp --dport 80 -j CT --notrack', '-p ah -j DROP'], {
      table: 'raw',
      parent: 'PREROUTING',
      default: 'return',
      chain: 'EVENKEEL-RAW',
    }),
    chain(['-p udp -j DROP', '-j ACCEPT'], { table: 'mangle', chain: 'EVENKEEL-MANGLE' }),
    chain(['-m state --state NEW -j ACCEPT', '-m conntrack --ctstate UNTRACKED -j RETURN']),
  ],
  'quotes inside a word, and words that look like options': [
    chain([
      '-p tcp --dport "22" -m comment --comment a"b -j DROP" -s 192.0.2.12 -j ACCEPT',
      '-m comment --comment "say \\"-j DROP\\"" -p vrrp -s 192.0.2.13 "-j" ACCEPT',
      '-m comment --comment "closed"-p tcp -d "192.0.2.101" -j ACCEPT',
      "-m comment --comment it's -p udp --dport 514 -j ACCEPT",
      '-m comment --comment -jDROP -p icmp -j ACCEPT',
      '-p tcp --dport 4"43" -j ACCEPT',
    ]),
  ],
  IPv6: [
    chain(
      [
        '-m state --state RELATED,ESTABLISHED -j ACCEPT',
        '-p ipv6-icmp --icmpv6-type neighbour-solicitation -j ACCEPT',
        '-s 2001:DB8::99/120 -p vrrp -j ACCEPT',
        '-p tcp -m tcp --dport ssh -j REJECT --reject-with icmp6-adm-prohibited',
        '-p tcp --syn -j ACCEPT',
        '-s 2001:db8::13 -p udp -j LOG --log-prefix "new udp: "',
      ],
      { family: 'ipv6' },
    ),
  ],
  'neighbour discovery is not ESTABLISHED': [
    chain(['-m conntrack --ctstate ESTABLISHED,RELATED,NEW -j ACCEPT'], { family: 'ipv6' }),
  ],
}

for (const [name, chains] of Object.entries(written)) {
  test(`judges as the kernel does: ${name}`, async () => {
    assert.is(await compare('in', chains), 0, 'verdicts left open')
  })
}

test('judges as the kernel does: what a node sends', async () => {
  const out = { parent: 'OUTPUT', chain: 'EVENKEEL-OUT' }
  const rules = [
    '-o eth0 -j ACCEPT',
    '-m state --state ESTABLISHED -j ACCEPT',
    '-o eth+ -p tcp --dport 443 -j ACCEPT',
    '-p tcp --sport 1024:65535 --dport 22 -j REJECT',
    '-i eth1 -j ACCEPT',
    '-p vrrp ! -o lo -j RETURN',
  ]
  const open = await compare('out', both(rules, out)).finally(() => {
    load('out', ['ipv4', 'ipv6'], [])
  })
  assert.is(open, 0)
})

test('leaves open what depends on more than the packet, and is right about the rest', async () => {
  const rules = [
    '-p tcp --dport 22 -m limit --limit 1/hour --limit-burst 1 -j ACCEPT',
    '-p tcp --dport 80 -m recent --name met --set -j DROP',
    '-p udp -m string --algo bm --string "! -j" -j DROP',
    '-p vrrp -m mark --mark 1 -j DROP',
    '-p vrrp -j ACCEPT',
    '-p tcp -m connlimit --connlimit-above 100 -j REJECT',
  ]
  // tcp to ports 22 and 80; udp meets a doubtful drop, but is dropped in any case; and vrrp.
  const open = await compare('in', both(rules))
  assert.ok(open >= 8 && open <= 12, `${open} verdicts left open`)
})

/** Rules put together by chance from parts that are all judged. */
function randomChains(seed: number): readonly OwnChain[] {
  let state = seed
  // Park and Miller's generator: the same rules in every run.
  const pick = (...parts: readonly string[]): string => {
    state = (state * 48271) % 2147483647
    return parts[state % parts.length] ?? ''
  }
  const ports = (): string =>
    pick(
      '',
      '--dport 22',
      '! --dport 80',
      '--dport 80:8000',
      '--sport 1024:',
      '-m multiport --dports 22,443',
      '-m multiport ! --ports 80,8000:9999',
    )
  const rule = (targets: readonly string[]): string => {
    const protocol = pick('', 'tcp', 'tcp', 'udp', 'vrrp', 'icmp', 'ah')
    const parts = [
      pick('', '', '-s 192.0.2.12', '! -s 192.0.2.12', '-s 192.0.2.8/29', '-s 198.51.100.0/24'),
      pick('', '', '', '-d 192.0.2.11', '! -d 224.0.0.0/4', '-d 192.0.2.101'),
      protocol === '' ? '' : `-p ${protocol}`,
      protocol === 'tcp' || protocol === 'udp' ? ports() : '',
      protocol === 'tcp' ? pick('', '', '--syn', '! --syn') : '',
      pick(
        '',
        '',
        '-m state --state NEW',
        '-m conntrack ! --ctstate NEW',
        '-m state --state RELATED,ESTABLISHED',
      ),
      pick('', '', '-i eth0', '! -i eth0', '-i e+'),
      `-j ${pick(...targets)}`,
    ]
    return parts.filter((part) => part !== '').join(' ')
  }
  const rules = (count: number, targets: readonly string[]): readonly string[] =>
    Array.from({ length: count }, () => rule(targets))
  return [
    chain(rules(7, ['ACCEPT', 'DROP', 'REJECT', 'RETURN', 'EVENKEEL-SUB', 'EVENKEEL-SUB']), {
      default: pick('drop', 'return') === 'drop' ? 'drop' : 'return',
    }),
    chain(rules(3, ['ACCEPT', 'DROP', 'RETURN']), {
      chain: 'EVENKEEL-SUB',
      parent: 'FORWARD',
      default: pick('return', 'return', 'drop') === 'drop' ? 'drop' : 'return',
    }),
  ]
}

test('judges as the kernel does: rules put together by chance', async () => {
  for (let seed = 1; seed <= randomSets; seed++) {
    assert.is(await compare('in', randomChains(seed * 7919)), 0, `seed ${seed}`)
  }
})

/**
 * A whole filter table, with chains of others and policies, between the counters. What is judged is what
 * iptables-save prints of it.
 */
async function compareTable(family: FamilyName, lines: readonly string[]): Promise<number> {
  const tool = family === 'ipv4' ? 'iptables' : 'ip6tables'
  const text = [
    '*raw',
    ...counters('PREROUTING'),
    'COMMIT',
    '*mangle',
    '-A INPUT -m conntrack --ctstate NEW',
    'COMMIT',
    '*filter',
    ...lines,
    'COMMIT',
    '*security',
    ...counters('INPUT'),
    'COMMIT',
  ]
  onSide('in', [`${tool}-restore`], `${text.join('\n')}\n`)
  const firewall = savedFirewall(family, parseSaves(onSide('in', [`${tool}-save`])))
  const verdicts = await sendSamples('in', [family]).finally(() => load('in', [family], []))
  let open = 0
  for (const [sample, real] of verdicts) {
    const { verdict, by } = judgePacket(firewall, toPacket(sample, 'in'))
    if (verdict === 'unknown') open++
    else
      assert.is(verdict, real, `${JSON.stringify(sample)} by ${by?.chain}\n${lines.join('\n')}\n`)
  }
  return open
}

/** Tables as other programs and people make them. */
const foreign: Readonly<Record<string, readonly string[]>> = {
  'a chain that logs and drops': [
    ':LOGGING - [0:0]',
    '-A INPUT -p tcp --dport 22 -j ACCEPT',
    '-A INPUT -s 192.0.2.13 -j LOGGING',
    '-A INPUT -j RETURN',
    '-A LOGGING -j LOG --log-prefix "IPTables-Dropped: "',
    '-A LOGGING -j DROP',
  ],
  'a policy, reached by a return and by the end of a goto': [
    ':INPUT DROP [0:0]',
    ':A - [0:0]',
    ':B - [0:0]',
    '-A INPUT -p tcp --dport 22 -g A',
    '-A INPUT -p tcp --dport 80 -j B',
    '-A INPUT -p vrrp -j RETURN',
    '-A INPUT -p tcp -j ACCEPT',
    '-A INPUT -p udp -j B',
    '-A A -s 192.0.2.12 -j ACCEPT',
    '-A B -d 192.0.2.101 -g A',
    '-A B -s 192.0.2.12 -j RETURN',
    '-A B -j ACCEPT',
  ],
  'chains that go through others': [
    ':A - [0:0]',
    ':B - [0:0]',
    ':C - [0:0]',
    '-A INPUT -j A',
    '-A INPUT -p tcp -j C',
    '-A A -p tcp --dport 22 -j B',
    '-A A ! -p tcp -g B',
    '-A B -s 192.0.2.12 -j RETURN',
    '-A B -m comment --comment "to the last" -g C',
    '-A C -m state --state NEW -j REJECT',
  ],
}
for (const [name, lines] of Object.entries(foreign)) {
  test(`judges a whole table as the kernel does: ${name}`, async () => {
    assert.is(await compareTable('ipv4', lines), 0, 'verdicts left open')
    // No address, so that it is one of IPv6 as well
    const plain = lines.map((line) =>
      line.replace(/ (?:-s|-d) \S+/, '').replace('-p vrrp', '-p 112'),
    )
    assert.is(await compareTable('ipv6', plain), 0, 'verdicts left open')
  })
}

for (const policy of ['deny', 'reject']) {
  test(`is right about ufw's table (default ${policy}), what is left open apart`, async () => {
    const sample = join(import.meta.dirname, 'samples', `ufw-${policy}.txt`)
    const lines = readFileSync(sample, 'utf8').split('\n')
    const open = await compareTable(
      'ipv4',
      lines.filter((line) => /^[:-]/.test(line)),
    )
    // Whether an address is this node's is not known: what ufw accepts may be dropped before.
    assert.ok(open >= 1 && open <= 6, `${open} verdicts left open`)
  })
}

/** A table of four chains of which each leads to later ones alone. */
function randomTable(seed: number): readonly string[] {
  const [first, second] = [randomChains(seed), randomChains(seed + 1)]
  const parts = [...first, ...second].flatMap(({ rules }) => rules)
  const names = ['INPUT', 'A', 'B', 'C']
  return [
    `:INPUT ${seed % 2 === 0 ? 'DROP' : 'ACCEPT'} [0:0]`,
    ...names.slice(1).map((name) => `:${name} - [0:0]`),
    ...parts.map((rule, index) => {
      const at = index % names.length
      const next = names[at + 1 + (index % (names.length - at))]
      const jump = next === undefined ? '-j RETURN' : `${index % 3 === 0 ? '-g' : '-j'} ${next}`
      return `-A ${names[at]} ${rule.replace('-j EVENKEEL-SUB', jump)}`
    }),
  ]
}

test('judges a whole table as the kernel does: tables put together by chance', async () => {
  for (let seed = 1; seed <= randomTables; seed++) {
    assert.is(await compareTable('ipv4', randomTable(seed * 104729)), 0, `seed ${seed}`)
  }
})

test.run()
