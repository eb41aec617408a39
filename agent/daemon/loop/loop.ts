import { HeldError } from '../../system/errors.ts'
import { enqueue } from './queue.ts'
import type { Queue, Waiting } from './queue.ts'

/** Runs, one at a time. */
export interface Loop<Order> {
  /** Asks for a run. Returns at once; it comes when those before it are over. */
  wake(wake: Waiting<Order>): void
  /** The run in hand; null: none. */
  inHand(): Waiting<Order> | null
  waiting(): Queue<Order>
  /** Ends with the run in hand. What waits is given to `refuse`, and so is what comes later. */
  stop(): Promise<void>
}

/** What a loop is made of. */
export interface LoopParts<Order> {
  /** One run; must not throw. */
  readonly execute: (wake: Waiting<Order>) => Promise<void>
  /** Tells who waits for a run that will not come. */
  readonly refuse: (order: Order, error: HeldError) => void
}

/** Wakes come from anywhere at any time; runs follow one another, and no wake is lost. */
export function createLoop<Order>({ execute, refuse }: LoopParts<Order>): Loop<Order> {
  let queue: Queue<Order> = []
  let current: Waiting<Order> | null = null
  let ended: Promise<void> = Promise.resolve()
  let isStopping = false

  return {
    wake(wake) {
      if (isStopping) return refuseOne(wake)
      queue = enqueue(queue, wake)
      if (current === null) ended = work()
    },
    inHand: () => current,
    waiting: () => queue,
    async stop() {
      isStopping = true
      const left = queue
      queue = []
      left.forEach(refuseOne)
      await ended
    },
  }

  async function work(): Promise<void> {
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      queue = queue.slice(1)
      current = next
      await execute(next)
    }
    current = null
  }

  function refuseOne(wake: Waiting<Order>): void {
    if (wake.cause !== 'person') return
    refuse(wake.order, new HeldError('the daemon is stopping; ask again once it is back'))
  }
}
