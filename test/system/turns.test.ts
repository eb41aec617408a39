import { setImmediate } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createTurns } from '../../agent/system/turns.ts'

test('no more tasks at once than may be, and each of them in the end', async () => {
  const inTurn = createTurns(3)
  let running = 0
  let most = 0
  const task = async (number: number): Promise<number> => {
    running += 1
    most = Math.max(most, running)
    await setImmediate()
    running -= 1
    if (number === 4) throw new Error('four')
    return number
  }
  const all = Array.from({ length: 10 }, (_, number) => inTurn(() => task(number)))
  const ended = await Promise.allSettled(all)
  assert.is(most, 3)
  const values = ended.map((one) => (one.status === 'fulfilled' ? one.value : 'failed'))
  assert.equal(values, [0, 1, 2, 3, 'failed', 5, 6, 7, 8, 9])
})

test('what else waits for the event loop comes between tasks that do not', async () => {
  const inTurn = createTurns(3)
  let done = 0
  let doneBefore = 0
  const other = setImmediate().then(() => {
    doneBefore = done
  })
  const busy = async (): Promise<void> => {
    for (const end = performance.now() + 2; performance.now() < end;) continue
    done += 1
  }
  await Promise.all(Array.from({ length: 100 }, () => inTurn(busy)))
  await other
  assert.ok(doneBefore < 20, `${doneBefore} of 100 before it`)
})

test.run()
