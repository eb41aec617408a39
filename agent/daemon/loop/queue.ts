/** What a run is for: a person, or one of the causes that only wake the loop. */
export type Waiting<Order> =
  | { readonly cause: 'person'; readonly order: Order }
  | { readonly cause: 'schedule' }
  | { readonly cause: 'drift' }

/** Runs that wait for the one in hand to end, the next one first. */
export type Queue<Order> = readonly Waiting<Order>[]

/**
 * Adds a run. What persons ask for stays apart and in order; of the other causes one run at most waits,
 * since it sees all there is to see. The schedule takes the place of drift: its run repairs that as well,
 * and asks the remote too.
 */
export function enqueue<Order>(queue: Queue<Order>, wake: Waiting<Order>): Queue<Order> {
  const at = queue.findIndex(({ cause }) => cause !== 'person')
  if (wake.cause === 'person' || at === -1) return [...queue, wake]
  return wake.cause === 'drift' ? queue : queue.with(at, wake)
}
