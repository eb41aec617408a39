import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { expandHostPattern } from '../../agent/inventory/host-pattern.ts'

/** What Ansible accepts is in test/cases/inventory; here is what it refuses, and what it passes over. */
const refused: readonly (readonly [pattern: string, said: RegExp])[] = [
  ['lb[1]', /\[1\] must be \[begin:end\]/],
  ['lb[1:2:3:4]', /must be \[begin:end\]/],
  ['lb[1:]', /must run between two numbers or two letters/],
  ['lb[a:3]', /must run between two numbers or two letters/],
  ['lb[ab:ad]', /must run between two numbers or two letters/],
  ['lb[1:9:0]', /must run between/],
  ['lb[01:3]', /the same number of digits/],
  ['lb[3:1]', /\[3:1\] ends before it begins/],
  ['lb[1:3', /the range lacks its \]/],
  ['lb[1:99999999]', /stands for 99999999 hosts/],
  ['lb[1:9999][1:9999][1:9999]', /stands for more than 10000 hosts/],
]

for (const [pattern, said] of refused) {
  test(`refuses ${pattern}`, () => {
    assert.throws(() => expandHostPattern(pattern), said)
  })
}

test('a range may have a port', () => {
  assert.equal(expandHostPattern('lb[1:2].example.com:2222'), {
    names: ['lb1.example.com', 'lb2.example.com'],
    port: 2222,
  })
})

test('an IPv6 address without brackets has no port', () => {
  assert.equal(expandHostPattern('2001:db8::22'), { names: ['2001:db8::22'], port: undefined })
})

test.run()
