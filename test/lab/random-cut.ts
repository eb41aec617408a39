import type { Cut } from './crash-node.ts'

/**
 * Random numbers from 0 to below 1 that are the same for the same seed (mulberry32), so that what they found
 * can be found again.
 */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Three numbers from 0 to below 1 make a cut: how, at which operation of the run, and how long after it. */
export function chooseCut(
  operations: readonly string[],
  [how, at, delay]: readonly [number, number, number],
): Cut {
  const worthwhile = operations.filter(isWorthwhile)
  return {
    how: how < 0.75 ? 'kill' : 'power',
    at: worthwhile[Math.floor(at * worthwhile.length)] ?? '',
    // Most commands take 5 to 100 ms; one in three cuts is right before an operation
    delay: Math.max(0, Math.round(delay * 120 - 40)),
  }
}

/** The gate asks the same again and again: its first rounds are enough. */
function isWorthwhile(operation: string): boolean {
  return Number(/\((\d+)\)$/.exec(operation)?.[1] ?? 1) <= 5
}
