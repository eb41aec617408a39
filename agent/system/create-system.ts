import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from './ask.ts'
import { createFiles } from './files.ts'
import { run } from './run.ts'
import type { System } from './system.ts'

/** The machine that we run on. */
export function createSystem(): System {
  return {
    ...createFiles(),
    run,
    ask,
    now: () => Date.now(),
    sleep: async (milliseconds) => {
      await sleep(milliseconds)
    },
  }
}
