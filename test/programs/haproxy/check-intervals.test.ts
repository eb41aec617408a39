import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readCheckIntervals } from '../../../agent/programs/haproxy/check-intervals.ts'
import type { CheckIntervals } from '../../../agent/programs/haproxy/check-intervals.ts'
import { readConfig, unknownContext } from '../../../agent/programs/haproxy/config.ts'

const read = (text: string): CheckIntervals =>
  readCheckIntervals(readConfig([{ path: 'a.cfg', text }], unknownContext))

test('a server is checked as often as it says, or as what is above it says', () => {
  const { byServer, longest } = read(`
defaults
  default-server inter 3s
defaults slow from fast
backend a
  server one 192.0.2.1:80 check
defaults
  default-server inter 3s
backend b
  server one 192.0.2.1:80 check
  server two 192.0.2.2:80 check inter 500 # inter 9s
  default-server inter 1m downinter 2m
  server three 192.0.2.3:80 check
  server four 192.0.2.3:80 check inter 1s
backend c
  server one 192.0.2.1:80 check inter "7s"
  server-template tem 1-3 name:80 check inter 4m
defaults
backend d
  server one 192.0.2.1:80 check
peers p
  server one 192.0.2.1:80 inter 1h
`)
  assert.equal(Object.fromEntries(byServer), {
    'a/one': 2_000,
    'b/one': 3_000,
    'b/two': 500,
    'b/three': 120_000,
    'b/four': 120_000,
    'c/one': 7_000,
    'd/one': 2_000,
  })
  assert.is(longest, 240_000)
})

test('named defaults, and those that they begin with', () => {
  const { byServer } = read(`
defaults slow
  default-server inter 9s
defaults slower from slow
  default-server downinter 20s
defaults
backend a from slow
  server one 192.0.2.1:80 check
backend b from slower
  server one 192.0.2.1:80 check
`)
  assert.equal(Object.fromEntries(byServer), { 'a/one': 9_000, 'b/one': 20_000 })
})

test('of alternatives the longer time counts', () => {
  const { byServer } = read(`
backend a
.if feature(X)
  server one 192.0.2.1:80 check inter 9s
.else
  server one 192.0.2.1:80 check inter 5s
.endif
`)
  assert.is(byServer.get('a/one'), 9_000)
})

test('without servers the default holds', () => {
  assert.is(read('frontend a\n  bind *:80\n').longest, 2_000)
})

test.run()
