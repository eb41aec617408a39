import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createMask } from '../../agent/diagnostics/mask.ts'
import { maskChange } from '../../agent/report/mask-change.ts'

test('no_log hides the values of a change, not that there is one', () => {
  const change = { field: 'content', before: null, after: 'key' }
  const hidden = { field: 'content', before: null, after: '(hidden by no_log)' }
  assert.equal(maskChange(change, createMask([]), true), hidden)
})

test('a rotation that shows nothing says that there is one', () => {
  const change = { field: 'content', before: 'auth_pass old', after: 'auth_pass new' }
  assert.equal(maskChange(change, createMask([]), false), {
    field: 'content',
    before: 'auth_pass ********',
    after: 'auth_pass ********',
    note: 'only what is hidden differs',
  })
})

test.run()
