import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { pauseBeforeRepair } from '../../../agent/daemon/loop/drift-pause.ts'

/** Runs that a source of drift costs which writes every `interval` ms for `duration`; a repair takes 500. */
function repairs(interval: number, duration: number): number {
  let pause = 0
  let end = Number.NEGATIVE_INFINITY
  let count = 0
  for (let now = 0; now < duration;) {
    pause = pauseBeforeRepair(pause, now - end)
    end = now + pause + 500
    count += 1
    // the first write after the repair
    now = Math.max(now + interval, Math.ceil(end / interval) * interval)
  }
  return count
}

test('a single edit is repaired at once', () =>
  assert.is(pauseBeforeRepair(0, Number.POSITIVE_INFINITY), 0))

test('so is each of many edits by hand', () => assert.is(repairs(2_000, 40_000), 20))

test('1,000 writes in one, ten and a hundred seconds cost a few runs', () => {
  for (const [interval, most] of [
    [1, 2],
    [10, 5],
    [100, 10],
  ] as const) {
    const count = repairs(interval, interval * 1000)
    assert.ok(count <= most, `${count} runs for one write in ${interval} ms`)
  }
})

test('what never ends costs a run a minute', () => {
  const hour = 3_600_000
  assert.ok(repairs(50, hour) < 75)
})

test('after a storm, the next edit is repaired at once', () => {
  assert.is.not(pauseBeforeRepair(4_000, 7_000), 0)
  assert.is(pauseBeforeRepair(4_000, 8_000), 0)
})

test.run()
