import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  describeError,
  HeldError,
  LocalError,
  LockedError,
  messageOf,
  TimeoutError,
  UsageError,
} from '../../agent/system/errors.ts'

test('what is no Error says what it is', () => {
  assert.is(messageOf(new TypeError('x is no y')), 'x is no y')
  assert.is(messageOf('thrown as it is'), 'thrown as it is')
  assert.is(messageOf(null), 'null')
  assert.is(describeError(7), '7')
})

for (const error of [
  new LocalError('the disk is full'),
  new TimeoutError('git took 30 s'),
  new HeldError('disabled'),
  new LockedError('another run'),
  new UsageError('repo is missing'),
]) {
  test(`${error.constructor.name} is a sentence`, () => {
    assert.is(describeError(error), error.message)
  })
}

test('what we do not know keeps its stack', () => {
  assert.match(
    describeError(new TypeError('x is no y')),
    /^TypeError: x is no y\n +at .*errors\.test/,
  )
})

test.run()
