/**
 * What nobody may win who owns a folder in which the agent works as root. Each target for a moment; for a minute
 * each: test/soak paths.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { attackTarget } from './attack.ts'
import { targets } from './targets.ts'

/** Milliseconds. */
const time = 3_000
const mostRounds = 200

for (const [name, target] of Object.entries(targets)) {
  test(`${name}: nothing is won by swapping what is there`, async () => {
    const end = performance.now() + time
    const isOver = (rounds: number): boolean => rounds >= mostRounds || performance.now() > end
    const { won } = await attackTarget(target, 1, isOver)
    assert.equal(won, [])
  })
}

test.run()
