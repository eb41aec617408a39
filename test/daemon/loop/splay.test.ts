import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { splayOffset } from '../../../agent/daemon/loop/node-schedule.ts'

const minute = 60_000

test('the nodes of a pair are half a splay apart, whoever asks', () => {
  for (const [one, other] of [
    ['lb1', 'lb2'],
    ['a.example.com', 'b.example.com'],
  ] as const) {
    const apart = Math.abs(splayOffset(one, [other], minute) - splayOffset(other, [one], minute))
    assert.ok(Math.abs(apart - minute / 2) <= 1, `${apart}`)
  }
})

test('three nodes are a third of a splay apart', () => {
  const names = ['a', 'b', 'c']
  const offsets = names
    .map((name) =>
      splayOffset(
        name,
        names.filter((other) => other !== name),
        minute,
      ),
    )
    .sort((one, other) => one - other)
  const [first = 0, second = 0, third = 0] = offsets
  assert.ok(
    Math.abs(second - first - minute / 3) <= 1 && Math.abs(third - second - minute / 3) <= 1,
  )
})

test('it is the same at every start, below the splay, and spread over many pairs', () => {
  const quarters = [0, 0, 0, 0]
  for (let pair = 0; pair < 400; pair++) {
    const offset = splayOffset(`lb${pair}`, [], minute)
    assert.is(offset, splayOffset(`lb${pair}`, [], minute))
    assert.ok(offset >= 0 && offset < minute)
    const quarter = Math.floor((offset * 4) / minute)
    quarters[quarter] = (quarters[quarter] ?? 0) + 1
  }
  assert.ok(Math.min(...quarters) > 60, quarters.join())
})

test('no splay is no offset', () => assert.is(splayOffset('lb1', ['lb2'], 0), 0))

test.run()
