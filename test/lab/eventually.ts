import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Waits for what happens by itself, such as an election.
 * @param seconds after which it counts as never. Default: 2 min, since it ends as soon as it is true, and this
 * machine may be as busy as it likes. Give another one where it has to happen by then.
 * @throws Error when it does not happen
 */
export async function eventually(
  what: string,
  isTrue: () => boolean,
  seconds = 120,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`)
    await sleep(200)
  }
}
