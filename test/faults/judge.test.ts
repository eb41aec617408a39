import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { judge, median } from './judge.ts'
import type { Try } from './measure.ts'

const fine: Try = {
  node: 'lb1',
  gap: 30,
  isLasting: false,
  failed: 3,
  leftAfter: 5,
  onNone: 30,
  onTwo: 0,
  moved: true,
  restarted: true,
  wellAfter: 4000,
  problem: null,
  said: 'haproxy is saturated',
  failures: [],
}

test('the middle of an odd and of an even number', () => {
  assert.is(median([3, 1, 2]), 2)
  assert.is(median([4, 1, 2, 3]), 3)
  assert.is(median([]), null)
})

test('times count by their medians', () => {
  const slow = { ...fine, gap: 900, failed: 90 }
  assert.equal(judge([fine, fine, slow], { gap: 60, failed: 5 }, null), [])
  assert.equal(judge([fine, slow, slow], { gap: 60, failed: 5 }, null), [
    'gap 900, at most 60',
    'failed 90, at most 5',
  ])
})

test('a multiple of what a restart takes', () => {
  assert.equal(judge([{ ...fine, gap: 290 }], { timesRestart: 1.5 }, 200), [])
  assert.equal(judge([{ ...fine, gap: 310 }], { timesRestart: 1.5 }, 200), ['gap 310, at most 300'])
})

test('what must never happen counts once', () => {
  const limit = { failed: 0, staysHome: true, keepsHaproxy: true, says: /saturated/ }
  const calm = { ...fine, failed: 0, moved: false, restarted: false }
  assert.equal(judge([calm, calm], limit, null), [])
  assert.equal(judge([calm, { ...fine, said: '' }], limit, null), [
    'failed requests in 1 of 2',
    'a VIP moved in 1 of 2',
    'haproxy was restarted in 1 of 2',
    'nothing said in 1 of 2',
  ])
})

test('a VIP that never left did not leave in time', () => {
  assert.equal(judge([{ ...fine, leftAfter: null }], { leavesWithin: 10_000 }, null), [
    'left after Infinity, at most 10000',
  ])
})

test('coming back by itself is always asked for', () => {
  assert.equal(judge([{ ...fine, wellAfter: null }], {}, null), ['not back by itself in 1 of 1'])
})

test.run()
