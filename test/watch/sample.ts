import type { Look } from '../../agent/watch/watch-state.ts'

/** A haproxy that serves. */
export const good = {
  type: 'answered',
  pid: 7,
  connections: 3,
  limit: 100,
  closed: [],
  isDeaf: false,
} as const satisfies Look
