import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findLeaks } from './leaks.ts'

const before = { processes: 30, descriptors: 25, mounts: 20, files: 10 }

test('a little more for a moment is no leak', () => {
  assert.equal(findLeaks(before, { ...before, processes: 34, descriptors: 30 }), [])
})

test('one mount more is', () => {
  assert.equal(findLeaks(before, { ...before, mounts: 21 }), ['mounts: 20 before, 21 after'])
})

test('what could not be counted is told', () => {
  assert.equal(findLeaks(before, { ...before, descriptors: NaN }), [
    'descriptors: 25 before, NaN after',
  ])
})

test.run()
