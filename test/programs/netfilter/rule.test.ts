import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findRuleFault } from '../../../agent/programs/netfilter/rule-fault.ts'
import { parseRule } from '../../../agent/programs/netfilter/rule.ts'
import { quoteWord, readOptions, splitRule } from '../../../agent/programs/netfilter/words.ts'

for (const [text, words] of [
  ['-p tcp  -j\tACCEPT ', ['-p', 'tcp', '-j', 'ACCEPT']],
  ['--comment "two words" -j X', ['--comment', 'two words', '-j', 'X']],
  ['--comment "a \\"b\\" \\\\ c"', ['--comment', 'a "b" \\ c']],
  ['--comment "" -j X', ['--comment', '', '-j', 'X']],
  ['--comment say"it now" -j X', ['--comment', 'sayit now', '-j', 'X']],
  ['--comment "now"-j X', ['--comment', 'now', '-j', 'X']],
  ["--comment 'two words'", ['--comment', "'two", "words'"]],
  ['--comment a\\b', ['--comment', 'a\\b']],
  ['--comment "open -j X', null],
  ['--comment "escaped\\"', null],
] as const) {
  test(`splits ${text}`, () => {
    assert.equal(splitRule(text)?.map((word) => word.text) ?? null, words)
  })
}

test('a quoted text is one word again', () => {
  for (const text of ['', 'a b', 'the "office"', '\\', '-j', 'it\'s \\" so']) {
    assert.equal(
      splitRule(`--comment ${quoteWord(text)} -j X`)?.map((word) => word.text),
      ['--comment', text, '-j', 'X'],
    )
  }
})

for (const [text, options] of [
  [
    '! -s 192.0.2.1 -j X',
    [
      ['! -s', '192.0.2.1'],
      ['-j', 'X'],
    ],
  ],
  [
    '-jX --dport=22',
    [
      ['-j', 'X'],
      ['--dport', '22'],
    ],
  ],
  ['--tcp-flags SYN,ACK NONE -f -j X', [['--tcp-flags', 'SYN,ACK', 'NONE'], ['-f'], ['-j', 'X']]],
  [
    '--comment -jDROP -j X',
    [
      ['--comment', '-jDROP'],
      ['-j', 'X'],
    ],
  ],
  [
    '-p tcp "-j" X',
    [
      ['-p', 'tcp'],
      ['-j', 'X'],
    ],
  ],
  [
    '--match-set good src -j X',
    [
      ['--match-set', 'good', 'src'],
      ['-j', 'X'],
    ],
  ],
  [
    '--what "-j" -j X',
    [
      ['--what', '-j'],
      ['-j', 'X'],
    ],
  ],
  [
    'word -j X',
    [
      ['', 'word'],
      ['-j', 'X'],
    ],
  ],
] as const) {
  test(`the options of ${text}`, () => {
    const found = readOptions(splitRule(text) ?? [])
    assert.equal(
      found.map(({ name, isNegated, values }) => [(isNegated ? '! ' : '') + name, ...values]),
      options,
    )
  })
}

for (const [text, target, isGoto] of [
  ['-p tcp -j ACCEPT', 'ACCEPT', false],
  ['-jACCEPT', 'ACCEPT', false],
  ['--jump=ACCEPT', 'ACCEPT', false],
  ['-g X', 'X', true],
  ['-p tcp', undefined, undefined],
  ['-m comment --comment -jDROP -j X', 'X', false],
  ['-m comment --comment "-j DROP"', undefined, undefined],
  ['-m comment --comment a"b -j DROP c" -j X', 'X', false],
  ['-j LOG --log-prefix "-j DROP "', 'LOG', false],
] as const) {
  test(`the target of ${text}`, () => {
    const rule = parseRule(text)
    assert.is(rule.target?.name, target)
    assert.is(rule.target?.isGoto, isGoto)
  })
}

for (const [text, families] of [
  ['-p tcp --dport 80 -j ACCEPT', ['ipv4', 'ipv6']],
  ['-s 192.0.2.0/24 -j ACCEPT', ['ipv4']],
  ['! --source=10/8 -j ACCEPT', ['ipv4']],
  ['-d192.0.2.1 -j ACCEPT', ['ipv4']],
  ['--dst fe80::/10 -j ACCEPT', ['ipv6']],
  ['-p icmp -j ACCEPT', ['ipv4']],
  ['-p ipv6-icmp -j ACCEPT', ['ipv6']],
  ['-m comment --comment "-s 192.0.2.1"', ['ipv4', 'ipv6']],
] as const) {
  test(`the families of ${text}`, () => assert.equal(parseRule(text).families, families))
}

test('addresses of both families in one list of sources are a fault', () => {
  assert.match(findRuleFault('-s 192.0.2.1,2001:db8::1 -j ACCEPT') ?? '', /make it two rules/)
})

test('a name at the end of a list of sources is a fault', () => {
  assert.match(findRuleFault('-s 192.0.2.1,lb2 -j ACCEPT') ?? '', /"lb2" would be looked up once/)
})

test('an address behind a quote inside a word is an address', () => {
  assert.is(findRuleFault('-m comment --comment x"-s lb2" -s "192.0.2.1" -j ACCEPT'), null)
})

test.run()
