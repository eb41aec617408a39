import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  expectedBinds,
  readCheckIntervals,
} from '../../../agent/programs/haproxy/expected-binds.ts'

test('binds that haproxy may leave closed are not expected', () => {
  const text = [
    'frontend open',
    '  bind *:80',
    'frontend closed',
    '  bind *:81',
    '  disabled',
    '.if defined(X)',
    'frontend maybe',
    '  bind *:82',
    '.endif',
    'listen elsewhere',
    '  bind *:83 namespace other',
    '  bind 127.0.0.1:84',
    'backend disabled-backend',
    '  disabled',
  ].join('\n')
  assert.equal(
    expectedBinds(text).map((bind) => bind.text),
    ['*:80', '127.0.0.1:84'],
  )
})

test('a server is checked as often as it says, or as what is above it says', () => {
  const text = [
    'defaults',
    '  default-server inter 3s',
    'backend a',
    '  server one 192.0.2.1:80 check',
    '  server two 192.0.2.2:80 check inter 500 # inter 9s',
    '  default-server inter 1m downinter 2m',
    '  server three 192.0.2.3:80 check',
    'backend b',
    '  server one 192.0.2.1:80 check inter 7s',
    '  server-template tem 1-3 name:80 check inter 4m',
    'defaults',
    'backend c',
    '  server one 192.0.2.1:80 check',
  ].join('\n')
  const { byServer, longest } = readCheckIntervals(text)
  assert.equal(Object.fromEntries(byServer), {
    'a/one': 3_000,
    'a/two': 500,
    'a/three': 120_000,
    'b/one': 7_000,
    'c/one': 2_000,
  })
  assert.is(longest, 240_000)
})

test('without servers the default holds', () => {
  assert.is(readCheckIntervals('frontend a\n  bind *:80\n').longest, 2_000)
})

test.run()
