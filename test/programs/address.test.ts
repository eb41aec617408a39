import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  familyOf,
  formatAddress,
  isSameAddress,
  parseAddressRange,
  parseAddressSpan,
} from '../../agent/programs/address.ts'

/** A block, its first address and its last one, as iptables 1.8.9 masks it. */
const blocks: readonly (readonly [string, string, string])[] = [
  ['192.0.2.5', '192.0.2.5', '192.0.2.5'],
  ['192.0.2.77/24', '192.0.2.0', '192.0.2.255'],
  ['192.0.2.77/255.255.255.0', '192.0.2.0', '192.0.2.255'],
  ['10/8', '10.0.0.0', '10.255.255.255'],
  ['10.1/16', '10.1.0.0', '10.1.255.255'],
  ['0.0.0.0/0', '0.0.0.0', '255.255.255.255'],
  ['192.0.2.9/31', '192.0.2.8', '192.0.2.9'],
  ['fe80::1/10', 'fe80:0:0:0:0:0:0:0', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:DB8::12', '2001:db8:0:0:0:0:0:12', '2001:db8:0:0:0:0:0:12'],
  ['::ffff:192.0.2.1/128', '0:0:0:0:0:ffff:c000:201', '0:0:0:0:0:ffff:c000:201'],
  ['::/0', '0:0:0:0:0:0:0:0', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:db8::/ffff:ffff::', '2001:db8:0:0:0:0:0:0', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
]
for (const [text, first, last] of blocks) {
  test(`${text} is ${first} to ${last}`, () => {
    const range = parseAddressRange(text)
    assert.is(range && formatAddress(range.first, range.family), first)
    assert.is(range && formatAddress(range.last, range.family), last)
  })
}

for (const text of [
  'lb2.example.com',
  '',
  '10',
  '192.0.2.1/33',
  '10.0.0.1/255.0.255.0',
  '1.2.3.4/',
  'fe80::/129',
]) {
  test(`"${text}" is no block`, () => {
    assert.is(parseAddressRange(text), null)
  })
}

test('reads spans of -m iprange', () => {
  const span = parseAddressSpan('192.0.2.250-192.0.3.1')
  assert.is(span && span.last - span.first, 7n)
  assert.is(parseAddressSpan('192.0.2.1')?.first, parseAddressRange('192.0.2.1')?.first)
  assert.is(parseAddressSpan('192.0.2.1-fe80::1'), null)
  assert.is(parseAddressSpan('192.0.2.1-somewhere'), null)
})

test('knows one address in two spellings', () => {
  assert.ok(isSameAddress('FE80:0::1', 'fe80::0001'))
  assert.not.ok(isSameAddress('192.0.2.1', '192.0.2.2'))
  assert.not.ok(isSameAddress('0.0.0.1', '::1'))
  assert.not.ok(isSameAddress('lb1', 'lb1'))
})

test('tells families, and names from addresses', () => {
  assert.equal(['192.0.2.1', '::1', 'lb1', '192.0.2.0/24'].map(familyOf), [
    'ipv4',
    'ipv6',
    null,
    null,
  ])
})

test.run()
