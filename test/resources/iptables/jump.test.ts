import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseSave } from '../../../agent/programs/netfilter/iptables-save.ts'
import type { SavedTable } from '../../../agent/programs/netfilter/iptables-save.ts'
import { judgeJump, jumpRule } from '../../../agent/resources/iptables/jump.ts'

const ours = jumpRule('OURS')
const sister = jumpRule('SISTER')
const f2b = '-p tcp -m tcp --dport 22 -j f2b'

function table(rules: readonly string[]): SavedTable {
  const chains = ['INPUT ACCEPT', 'OURS -', 'SISTER -', 'f2b -', 'DOCKER -']
  const lines = [...chains.map((one) => `:${one} [0:0]`), ...rules.map((one) => `-A INPUT ${one}`)]
  return parseSave(lines.join('\n'))
}

/** The parent's rules after the commands, as iptables-restore would carry them out. */
function carryOut(rules: readonly string[], commands: readonly string[]): readonly string[] {
  let left = [...rules]
  for (const command of commands) {
    const [, verb, number, rule = ''] = /^(-[ADI]) INPUT (?:(\d+) )?(.*)$/.exec(command) ?? []
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
] as const) {
  test(`a jump ${name}`, () => {
    const verdict = judgeJump('INPUT', 'OURS', table(rules))
    if (reason === null) assert.is(verdict.reason, null)
    else assert.match(verdict.reason ?? '', reason)
    const result = carryOut(rules, verdict.commands)
    assert.equal(result, after)
    assert.is(result.indexOf(ours) + 1, verdict.wanted)
  })
}

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
  sister,
  ours,
  '-j OURS',
]

/** Every list of up to four rules of the pool. */
function* everyList(): Generator<readonly string[]> {
  let lists: readonly (readonly string[])[] = [[]]
  for (let length = 0; length <= 4; length++) {
    yield* lists
    lists = lists.flatMap((list) => pool.map((rule) => [...list, rule]))
  }
}

test('of 11111 lists each is right after one repair, the foreign rules as they were', () => {
  let count = 0
  for (const rules of everyList()) {
    const after = carryOut(rules, judgeJump('INPUT', 'OURS', table(rules)).commands)
    const again = judgeJump('INPUT', 'OURS', table(after))
    assert.equal([again.reason, again.commands], [null, []], rules.join(' | '))
    assert.equal(after.filter(isForeign), rules.filter(isForeign))
    count++
  }
  assert.is(count, 11_111)
})

test('of those lists each stays right when others put a jump or a passing rule first', () => {
  for (const rules of everyList()) {
    if (judgeJump('INPUT', 'OURS', table(rules)).reason !== null) continue
    for (const first of [f2b, '-j DOCKER', '-j LOG', sister]) {
      const verdict = judgeJump('INPUT', 'OURS', table([first, ...rules]))
      assert.is(verdict.reason, null, [first, ...rules].join(' | '))
    }
  }
})

test('of those lists none makes two chains of ours take turns', () => {
  for (const rules of everyList()) {
    const one = carryOut(rules, judgeJump('INPUT', 'OURS', table(rules)).commands)
    const two = carryOut(one, judgeJump('INPUT', 'SISTER', table(one)).commands)
    assert.is(judgeJump('INPUT', 'OURS', table(two)).reason, null, rules.join(' | '))
  }
})

test.run()
