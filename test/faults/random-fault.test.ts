import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { breakages, chooseFault } from './random-fault.ts'

const last = 1 - Number.EPSILON

test('the same numbers choose the same fault', () => {
  assert.equal(chooseFault([0.1, 0.2, 0.3]), chooseFault([0.1, 0.2, 0.3]))
})

test('both nodes and every kind can be chosen', () => {
  assert.is(chooseFault([0, 0, 0]).node, 'lb1')
  assert.is(chooseFault([last, 0, 0]).node, 'lb2')
  const names = breakages.map(
    (_, i) => chooseFault([0, (i + 0.5) / breakages.length, 0]).breakage.name,
  )
  assert.equal(
    names,
    breakages.map(({ name }) => name),
  )
  assert.is(chooseFault([0, last, 0]).breakage, breakages.at(-1))
})

test('only what somebody else takes away lasts', () => {
  for (let i = 0; i < breakages.length; i++) {
    const { breakage, lasts } = chooseFault([0, (i + 0.5) / breakages.length, 0.5])
    assert.is(lasts, breakage.cure === undefined ? 0 : 4500)
  }
})

test.run()
