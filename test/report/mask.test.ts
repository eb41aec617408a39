import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createMask, maskChange } from '../../agent/report/mask.ts'

test('masks every secret, the longest first', () => {
  const mask = createMask(['hunter2', 'hunter2-and-more'])
  assert.is(mask('a hunter2-and-more b hunter2'), 'a ******** b ********')
})

test('masks a secret as haproxy.cfg quotes it', () => {
  assert.is(createMask(["it's-me"])("password 'it'\\''s-me'"), "password '********'")
})

test('leaves texts alone that are too short to hide', () => {
  assert.is(createMask(['80', ''])('port 80'), 'port 80')
})

test('no_log hides the values of a change, not that there is one', () => {
  const change = { field: 'content', before: null, after: 'key' }
  const hidden = { field: 'content', before: null, after: '(hidden by no_log)' }
  assert.equal(maskChange(change, createMask([]), true), hidden)
})

test.run()
