import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  findRuleFault,
  readRule,
  splitRule,
} from '../../../agent/programs/netfilter/iptables-rule.ts'

for (const [text, words] of [
  ['-p tcp  -j\tACCEPT ', ['-p', 'tcp', '-j', 'ACCEPT']],
  ['--comment "two words" -j X', ['--comment', 'two words', '-j', 'X']],
  ['--comment "a \\"b\\" \\\\ c"', ['--comment', 'a "b" \\ c']],
  ['--comment "" -j X', ['--comment', '', '-j', 'X']],
  ["--comment 'two words'", ['--comment', "'two", "words'"]],
  ['--comment a\\b', ['--comment', 'a\\b']],
  ['--comment "open -j X', null],
  ['--comment "escaped\\"', null],
] as const) {
  test(`splits ${text}`, () => assert.equal(splitRule(text), words))
}

for (const [text, target, isGoto] of [
  ['-p tcp -j ACCEPT', 'ACCEPT', false],
  ['-jACCEPT', 'ACCEPT', false],
  ['--jump=ACCEPT', 'ACCEPT', false],
  ['-g X', 'X', true],
  ['-p tcp', null, false],
  ['-m comment --comment -jDROP -j X', 'X', false],
  ['-m comment --comment "-j DROP"', null, false],
  ['-j LOG --log-prefix "-j DROP "', 'LOG', false],
] as const) {
  test(`the target of ${text}`, () => {
    assert.is(readRule(text).target, target)
    assert.is(readRule(text).isGoto, isGoto)
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
  test(`the families of ${text}`, () => assert.equal(readRule(text).families, families))
}

test('addresses of both families in one list of sources are a fault', () => {
  assert.match(findRuleFault('-s 192.0.2.1,2001:db8::1 -j ACCEPT') ?? '', /make it two rules/)
})

test('a name at the end of a list of sources is a fault', () => {
  assert.match(findRuleFault('-s 192.0.2.1,lb2 -j ACCEPT') ?? '', /"lb2" would be looked up once/)
})

test.run()
