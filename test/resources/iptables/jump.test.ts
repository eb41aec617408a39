import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseSave } from '../../../agent/programs/netfilter/saved-table.ts'
import type { SavedTable } from '../../../agent/programs/netfilter/saved-table.ts'
import { jumpRule } from '../../../agent/resources/iptables/jump-rule.ts'
import { judgeJump } from '../../../agent/resources/iptables/jump.ts'
import type { JumpVerdict } from '../../../agent/resources/iptables/jump.ts'

const ours = jumpRule('OURS')
const sister = jumpRule('SISTER')
const f2b = '-p tcp -m tcp --dport 22 -j f2b'

/** Chains of others, as people and programs make them. */
const foreign = `
:f2b - [0:0]
-A f2b -s 203.0.113.9/32 -j REJECT --reject-with icmp-port-unreachable
-A f2b -j RETURN
:DOCKER - [0:0]
-A DOCKER -i docker0 -j ACCEPT
:EMPTY - [0:0]
:SISTER - [0:0]
-A SISTER -p tcp -m tcp --dport 443 -j ACCEPT
:LOGONLY - [0:0]
-A LOGONLY -m limit --limit 2/min -j LOG
-A LOGONLY -j RETURN
:LOGGING - [0:0]
-A LOGGING -m limit --limit 2/min -j LOG --log-prefix "IPTables-Dropped: "
-A LOGGING -j DROP
:THROUGH - [0:0]
-A THROUGH -s 198.51.100.0/24 -j ACCEPT
-A THROUGH -j LOGGING
:TOLOGGING - [0:0]
-A TOLOGGING -g LOGGING
:GONE - [0:0]
-A GONE -i eth1 -g f2b
-A GONE -g EMPTY
-A GONE -j DROP
:NOWEB - [0:0]
-A NOWEB -p tcp -m tcp --dport 80 -j DROP
:WEB - [0:0]
-A WEB -p tcp -m tcp --dport 80 -j ACCEPT
:TCPONLY - [0:0]
-A TCPONLY -p tcp -j REJECT
:RETURNS - [0:0]
-A RETURNS -s 198.51.100.0/24 -j ACCEPT
-A RETURNS -j RETURN
-A RETURNS -j DROP
:QUEUE2 - [0:0]
-A QUEUE2 -j NFQUEUE --queue-num 1
`

function table(rules: readonly string[]): SavedTable {
  const own = [':INPUT ACCEPT [0:0]', ':OURS - [0:0]']
  return parseSave([...own, foreign, ...rules.map((one) => `-A INPUT ${one}`)].join('\n'))
}

/** What our chain is to hold, where that matters. */
const accepted = ['-p tcp -m tcp --dport 80 -j ACCEPT', '-s 192.0.2.12/32 -p vrrp -j ACCEPT']

function judge(rules: readonly string[], chain = 'OURS', own: readonly string[] = []): JumpVerdict {
  return judgeJump({ family: 'ipv4', chain, parent: 'INPUT', rules: own }, table(rules))
}

/** The parent's rules after the commands, as iptables-restore would carry them out. */
function carryOut(
  rules: readonly string[],
  commands: readonly string[],
  parent = 'INPUT',
): readonly string[] {
  let left = [...rules]
  for (const command of commands) {
    const [, verb, number, rule = ''] =
      /^(-[ADI]) INPUT (?:(\d+) )?(.*)$/.exec(command.replace(parent, 'INPUT')) ?? []
    if (verb === '-D') {
      assert.ok(left.includes(rule), command)
      left.splice(left.indexOf(rule), 1)
    } else if (verb === '-A') left.push(rule)
    else left = [...left.slice(0, Number(number) - 1), rule, ...left.slice(Number(number) - 1)]
  }
  return left
}

for (const [name, rules, reason, after] of [
  ['alone', [ours], null, [ours]],
  ['missing', [], /does not lead/, [ours]],
  [
    'missing before a rule that decides',
    [f2b, '-j LOG', '-j DROP'],
    /does not lead/,
    [f2b, '-j LOG', ours, '-j DROP'],
  ],
  ['behind a jump', [f2b, ours], null, [f2b, ours]],
  ['before a jump', [ours, f2b], /comes behind/, [f2b, ours]],
  [
    'before a jump that is behind a rule that decides',
    [ours, '-i lo -j ACCEPT', f2b],
    null,
    [ours, '-i lo -j ACCEPT', f2b],
  ],
  [
    'behind a rule that decides',
    [f2b, '-i lo -j ACCEPT', ours],
    /"-i lo -j ACCEPT" comes first/,
    [f2b, ours, '-i lo -j ACCEPT'],
  ],
  ['behind a rule that accepts all', ['-j ACCEPT', ours], /comes first/, [ours, '-j ACCEPT']],
  [
    'behind a queue',
    ['-j NFQUEUE --queue-num 1', ours],
    /comes first/,
    [ours, '-j NFQUEUE --queue-num 1'],
  ],
  ['behind a goto', ['-g f2b', ours], /comes first/, [ours, '-g f2b']],
  [
    'behind rules that only log, mark or count',
    ['-j LOG', '-j MARK --set-xmark 0x1', '-p udp', ours],
    null,
    ['-j LOG', '-j MARK --set-xmark 0x1', '-p udp', ours],
  ],
  ['before rules that only log', [ours, '-j LOG'], null, [ours, '-j LOG']],
  ['before and behind other chains of ours', [sister, ours], null, [sister, ours]],
  ['before another chain of ours', [ours, sister], null, [ours, sister]],
  [
    'behind a rule that we have put there for a drain',
    ['-d 192.0.2.101/32 -p tcp -m comment --comment evenkeel -j DROP', ours],
    null,
    ['-d 192.0.2.101/32 -p tcp -m comment --comment evenkeel -j DROP', ours],
  ],
  [
    'before a jump to another chain of ours that is not marked',
    [ours, '-j SISTER'],
    /comes behind/,
    ['-j SISTER', ours],
  ],
  ['twice', [ours, f2b, ours], /2 times/, [f2b, ours]],
  ['without the mark', ['-j OURS'], /the jump is "-j OURS"/, [ours]],
  ['with a condition', ['-p tcp -j OURS', '-j DROP'], /the jump is/, [ours, '-j DROP']],
  ['as a goto', ['-g OURS'], /the jump is/, [ours]],
  [
    'named in a comment only',
    ['-m comment --comment "-j OURS" -j LOG'],
    /does not lead/,
    ['-m comment --comment "-j OURS" -j LOG', ours],
  ],
  ['before a chain that ends in a drop', [ours, '-j LOGGING'], null, [ours, '-j LOGGING']],
  [
    'behind a chain that ends in a drop',
    ['-j LOGGING', ours],
    /"-j LOGGING" comes first/,
    [ours, '-j LOGGING'],
  ],
  ['before one that does through others', [ours, '-j THROUGH'], null, [ours, '-j THROUGH']],
  ['behind one that does by a goto', ['-j TOLOGGING', ours], /first/, [ours, '-j TOLOGGING']],
  [
    'before a chain that drops all of what it is asked',
    [ours, '-p tcp -j TCPONLY', f2b],
    null,
    [ours, '-p tcp -j TCPONLY', f2b],
  ],
  [
    'before a chain that is asked more than it drops',
    [ours, '-j TCPONLY'],
    /comes behind/,
    ['-j TCPONLY', ours],
  ],
  [
    'before a conditional jump to a drop',
    [ours, '-i eth1 -j LOGGING'],
    null,
    [ours, '-i eth1 -j LOGGING'],
  ],
  [
    'behind a conditional jump to a drop',
    ['-i eth1 -j LOGGING', ours],
    /first/,
    [ours, '-i eth1 -j LOGGING'],
  ],
  ['behind a chain that queues', ['-j QUEUE2', ours], /first/, [ours, '-j QUEUE2']],
  ['before a chain whose gotos come back', [ours, '-j GONE'], /comes behind/, ['-j GONE', ours]],
  [
    'before a chain that returns before its drop',
    [ours, '-j RETURNS'],
    /behind/,
    ['-j RETURNS', ours],
  ],
  ['before an empty chain', [ours, '-j EMPTY'], null, [ours, '-j EMPTY']],
  ['behind an empty chain', ['-j EMPTY', ours], null, ['-j EMPTY', ours]],
  [
    'before a chain that only logs',
    [ours, '-j LOGONLY', '-j DROP'],
    null,
    [ours, '-j LOGONLY', '-j DROP'],
  ],
  [
    'missing where a chain that is empty now may decide tomorrow',
    [f2b, '-j LOGONLY', '-j EMPTY'],
    /does not lead/,
    [f2b, ours, '-j LOGONLY', '-j EMPTY'],
  ],
  [
    'missing behind what marks',
    ['-j EMPTY', '-j MARK --set-xmark 0x1'],
    /does not lead/,
    ['-j EMPTY', '-j MARK --set-xmark 0x1', ours],
  ],
] as const) {
  test(`a jump ${name}`, () => {
    const verdict = judge(rules)
    if (reason === null) assert.is(verdict.reason, null)
    else assert.match(verdict.reason ?? '', reason)
    const result = carryOut(rules, verdict.commands)
    assert.equal(result, after)
    assert.is(result.indexOf(ours) + 1, verdict.wanted)
  })
}

for (const [name, rules, own, held, after] of [
  [
    'stays before a chain that would drop what our rules let in',
    [ours, '-j NOWEB'],
    accepted,
    /"-j NOWEB" stays behind our rules: .* "-p tcp -m tcp --dport 80 -j ACCEPT" accepts \(by "-p tcp -m tcp --dport 80 -j DROP" in NOWEB\)/,
    [ours, '-j NOWEB'],
  ],
  [
    'goes behind what comes before that chain',
    [ours, f2b, '-j NOWEB', '-j DOCKER'],
    accepted,
    /NOWEB/,
    [f2b, ours, '-j NOWEB', '-j DOCKER'],
  ],
  [
    'goes behind a chain that drops what our rules drop as well',
    [ours, '-j NOWEB'],
    [accepted[1]],
    null,
    ['-j NOWEB', ours],
  ],
  [
    'goes behind chains of which the first accepts what the second drops',
    [ours, '-j WEB', '-j NOWEB'],
    accepted,
    null,
    ['-j WEB', '-j NOWEB', ours],
  ],
  [
    'goes behind a chain that drops what is dropped already',
    ['-j NOWEB', ours, f2b, '-j NOWEB'],
    accepted,
    null,
    ['-j NOWEB', f2b, '-j NOWEB', ours],
  ],
  [
    'goes behind a chain that drops only a part of what our rules accept',
    [ours, f2b],
    ['-p tcp -m tcp --dport 22 -j ACCEPT'],
    null,
    [f2b, ours],
  ],
  [
    'is put right where it is when it would have to go behind that chain',
    ['-j OURS', '-j NOWEB', ours],
    accepted,
    /NOWEB/,
    [ours, '-j NOWEB'],
  ],
  [
    'does not go before that chain by itself',
    ['-j NOWEB', ours],
    accepted,
    null,
    ['-j NOWEB', ours],
  ],
] as const) {
  test(`a jump ${name}`, () => {
    const verdict = judge(rules, 'OURS', own as readonly string[])
    if (held === null) assert.is(verdict.held, null)
    else assert.match(verdict.held ?? '', held)
    const result = carryOut(rules, verdict.commands)
    assert.equal(result, after)
    const again = judge(result, 'OURS', own as readonly string[])
    assert.equal(again.commands, [])
  })
}

/** What the program of that name had made of a fresh Debian 12 (iptables-save). */
function sample(name: string): string {
  return readFileSync(join(import.meta.dirname, '../../programs/netfilter/samples', name), 'utf8')
}

/** The parent's rules once our jump is put right, it being first as a boot has it. */
function converge(text: string, parent = 'INPUT'): readonly string[] {
  const first = text.replace(/^-A/m, `:OURS - [0:0]\n-A ${parent} ${ours}\n-A`)
  const wanted = { family: 'ipv4', chain: 'OURS', parent, rules: accepted } as const
  const saved = parseSave(first)
  const verdict = judgeJump(wanted, saved)
  assert.is(verdict.held, null)
  return carryOut(saved.chains.get(parent) ?? [], verdict.commands, parent)
}

for (const policy of ['deny', 'reject']) {
  test(`of ufw's chains (default ${policy}) those that let packets through come first`, () => {
    assert.equal(converge(sample(`ufw-${policy}.txt`)), [
      '-j ufw-before-logging-input',
      '-j ufw-before-input',
      '-j ufw-after-input',
      ours,
      '-j ufw-after-logging-input',
      '-j ufw-reject-input',
      '-j ufw-track-input',
    ])
  })
}

test('our jump comes before what ufw rejects by its tracking', () => {
  const text = sample('ufw-deny.txt').replace(
    /^COMMIT/m,
    '-A ufw-track-input -j ufw-user-limit\n$&',
  )
  assert.is(converge(text).indexOf(ours), 3)
  const behind = text.replace(/^-A ufw/m, `-A INPUT ${ours}\n$&`)
  const wanted = { family: 'ipv4', chain: 'OURS', parent: 'INPUT', rules: accepted } as const
  assert.match(
    judgeJump(wanted, parseSave(behind)).reason ?? '',
    /"-j ufw-track-input" comes first/,
  )
})

test('what ufw is told to deny does not shut out what our rules accept', () => {
  const text = sample('ufw-deny.txt').replace(
    /^COMMIT/m,
    '-A ufw-user-input -p tcp -m tcp --dport 80 -j DROP\n$&',
  )
  const first = text.replace(/^-A/m, `:OURS - [0:0]\n-A INPUT ${ours}\n-A`)
  const wanted = { family: 'ipv4', chain: 'OURS', parent: 'INPUT', rules: accepted } as const
  const verdict = judgeJump(wanted, parseSave(first))
  assert.is(verdict.reason, null)
  assert.match(verdict.held ?? '', /"-j ufw-before-input" stays .* \(by .* in ufw-user-input\)/)
})

/** A table of chains that hang off INPUT, as firewalls by zones and Kubernetes make them. */
const zones = `
:INPUT DROP [0:0]
:dynamic - [0:0]
:net-fw - [0:0]
:reject - [0:0]
-A INPUT -j dynamic
-A INPUT -i eth0 -j net-fw
-A INPUT -i lo -j ACCEPT
-A INPUT -g reject
-A dynamic -s 203.0.113.9/32 -j DROP
-A net-fw -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A net-fw -p tcp -m tcp --dport 22 -j ACCEPT
-A net-fw -m limit --limit 1/sec -j LOG --log-prefix "net-fw REJECT "
-A net-fw -g reject
-A reject -m addrtype --src-type BROADCAST -j DROP
-A reject -p tcp -j REJECT --reject-with tcp-reset
-A reject -j REJECT --reject-with icmp-port-unreachable
`
const kubernetes = `
:INPUT ACCEPT [0:0]
:KUBE-EXTERNAL-SERVICES - [0:0]
:KUBE-FIREWALL - [0:0]
:KUBE-NODEPORTS - [0:0]
-A INPUT -m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS
-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
-A INPUT -j KUBE-FIREWALL
-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
-A KUBE-NODEPORTS -p tcp -m tcp --dport 30080 -j ACCEPT
`

test('a zone that rejects the rest by a goto is asked behind ours', () => {
  assert.equal(converge(zones), [
    '-j dynamic',
    ours,
    '-i eth0 -j net-fw',
    '-i lo -j ACCEPT',
    '-g reject',
  ])
})

test("Kubernetes' chains are asked before ours", () => {
  const rules = converge(kubernetes)
  assert.is(rules.at(-1), ours)
  assert.is(rules.length, 4)
})

test("fail2ban's chain stays before ours", () => {
  assert.equal(converge(sample('fail2ban.txt')), [
    '-p tcp -m multiport --dports 22 -j f2b-sshd',
    ours,
  ])
})

test("Docker's chains are asked before ours", () => {
  const rules = converge(sample('docker.txt'), 'FORWARD')
  assert.equal(rules.slice(0, 5), [
    '-j DOCKER-USER',
    '-j DOCKER-ISOLATION-STAGE-1',
    ours,
    '-o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    '-o docker0 -j DOCKER',
  ])
})

function isForeign(rule: string): boolean {
  return !rule.endsWith(' OURS')
}

const pool = [
  f2b,
  '-j DOCKER',
  '-j LOG',
  '-p udp',
  '-i lo -j ACCEPT',
  '-j DROP',
  '-g f2b',
  '-j LOGGING',
  '-j EMPTY',
  '-j NOWEB',
  sister,
  ours,
  '-j OURS',
]

/** Every list of up to three rules of the pool, and of four of those that differ most. */
function* everyList(): Generator<readonly string[]> {
  yield* listsOf(pool, 3)
  yield* listsOf([f2b, '-j LOGGING', '-j EMPTY', '-j NOWEB', ours], 4)
}

function* listsOf(rules: readonly string[], longest: number): Generator<readonly string[]> {
  let lists: readonly (readonly string[])[] = [[]]
  for (let length = 0; length <= longest; length++) {
    yield* lists
    lists = lists.flatMap((list) => rules.map((rule) => [...list, rule]))
  }
}

test('of 3161 lists each is right after one repair, the foreign rules as they were', () => {
  let count = 0
  for (const rules of everyList()) {
    const after = carryOut(rules, judge(rules, 'OURS', accepted).commands)
    const again = judge(after, 'OURS', accepted)
    assert.equal([again.reason, again.commands], [null, []], rules.join(' | '))
    assert.equal(after.filter(isForeign), rules.filter(isForeign))
    count++
  }
  assert.is(count, 3_161)
})

test('of those lists each stays right when others put a jump or a passing rule first', () => {
  for (const rules of everyList()) {
    if (judge(rules, 'OURS', accepted).reason !== null) continue
    for (const first of [f2b, '-j DOCKER', '-j LOG', sister]) {
      const verdict = judge([first, ...rules], 'OURS', accepted)
      assert.is(verdict.reason, null, [first, ...rules].join(' | '))
    }
  }
})

test('of those lists none makes two chains of ours take turns', () => {
  for (const rules of everyList()) {
    const one = carryOut(rules, judge(rules, 'OURS', accepted).commands)
    const two = carryOut(one, judge(one, 'SISTER').commands)
    assert.is(judge(two, 'OURS', accepted).reason, null, rules.join(' | '))
  }
})

test.run()
