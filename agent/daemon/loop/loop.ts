import { HeldError } from '../../system/errors.ts'

/** What a run is for: an operator's order, or one of the causes that only wake the loop. */
export type Waiting<Order> =
  | { readonly cause: 'person'; readonly order: Order }
  | { readonly cause: 'schedule' }
  | { readonly cause: 'drift' }

/** Runs that wait for the current one to end, the next one first. */
export type Queue<Order> = readonly Waiting<Order>[]

/**
 * Adds a run. What operators ask for stays apart and in order; of the other causes one run at most waits,
 * since it sees all there is to see. The schedule takes the place of drift: its run repairs that as well,
 * and asks the remote too.
 */
export function enqueue<Order>(queue: Queue<Order>, wake: Waiting<Order>): Queue<Order> {
  const at = queue.findIndex(({ cause }) => cause !== 'person')
  if (wake.cause === 'person' || at === -1) return [...queue, wake]
  return wake.cause === 'drift' ? queue : queue.with(at, wake)
}

/** Runs, one at a time. */
export interface Loop<Order> {
  /** Asks for a run. Returns at once; it comes when those before it are over. */
  wake(wake: Waiting<Order>): void
  /** The current run; null: none. */
  current(): Waiting<Order> | null
  waiting(): Queue<Order>
  /** Ends with the current run. What waits is given to `refuse`, and so is what comes later. */
  stop(): Promise<void>
}

/** What a loop is made of. */
export interface LoopParts<Order> {
  /** One run; must not throw. */
  readonly execute: (wake: Waiting<Order>) => Promise<void>
  /** Answers who waits for a run that will not come. */
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
    current: () => current,
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
