import { join } from 'node:path'
import { pushRuntime } from './lab.ts'
import type { Lab } from './lab.ts'

/** What client.mjs counted. */
export interface Traffic {
  readonly ok: number
  readonly failed: number
  /** Answers by their body, such as `web1 www`. */
  readonly servers: Readonly<Record<string, number>>
  /** Milliseconds, from one answer to the next. */
  readonly longestGap: number
  /** The first failures, with their times. */
  readonly failures: readonly string[]
}

/** Visitors of the sites. */
export interface Visitors {
  readonly url: string
  /** Host headers. */
  readonly sites: readonly string[]
  /** Milliseconds between requests. */
  readonly interval: number
  readonly keepCookies?: boolean
}

/** Prepares a node for {@link startTraffic}. */
export function installClient(lab: Lab, node: string): void {
  pushRuntime(lab, node)
  lab.push(node, join(import.meta.dirname, 'client.mjs'), '/root/client.mjs')
}

/** Sends requests from a node until `stop`, which waits for those under way and counts them all. */
export function startTraffic(
  lab: Lab,
  node: string,
  { url, sites, interval, keepCookies }: Visitors,
): { stop(): Promise<Traffic> } {
  const words = [url, sites.join(','), interval, ...(keepCookies ? ['keep-cookies'] : [])]
  const client = lab.start(node, `exec /root/node /root/client.mjs ${words.join(' ')}`)
  return { stop: async () => JSON.parse(await client.stop()) as Traffic }
}
