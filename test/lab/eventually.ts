import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Waits for what happens by itself, such as an election.
 * @param seconds how long it may take
 * @throws Error when it does not happen
 */
export async function eventually(what: string, isTrue: () => boolean, seconds = 15): Promise<void> {
  const deadline = Date.now() + seconds * 1000
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`)
    await sleep(200)
  }
}
