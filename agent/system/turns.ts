import { setImmediate } from 'node:timers/promises'

/** Milliseconds that tasks may take in a row before whatever else the process does has its turn. */
const slice = 5

/**
 * Lets at most so many of its tasks run at the same time, and now and then the event loop go on: much of what
 * they do is done at once, without waiting for it.
 * @param most tasks
 */
export function createTurns(most: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let free = most
  let began = performance.now()
  return async (task) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      if (performance.now() - began > slice) {
        await setImmediate()
        began = performance.now()
      }
      return await task()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}
