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
  /** Those of 25 ms and more; `end` in milliseconds since the epoch. */
  readonly gaps: readonly { readonly end: number; readonly length: number }[]
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
  /**
   * Milliseconds from which on a request counts as failed. Default 2000: longer than a healthy answer ever
   * takes, shorter than any failover that would go unnoticed.
   */
  readonly timeout?: number
  readonly keepCookies?: boolean
}

/** Requests that go on. */
export interface Visit {
  /** What became of the requests since the last count; starts a new one. */
  count(): Promise<Traffic>
  /** Waits for the requests under way; what became of those since the last count. */
  stop(): Promise<Traffic>
}

/** Prepares a node for {@link startTraffic}. */
export function installClient(lab: Lab, node: string): void {
  pushRuntime(lab, node)
  lab.push(node, join(import.meta.dirname, 'client.mjs'), '/root/client.mjs')
}

/** Sends requests from a node until `stop`. */
export function startTraffic(
  lab: Lab,
  node: string,
  { url, sites, interval, timeout = 2000, keepCookies }: Visitors,
): Visit {
  const words = [url, sites.join(','), interval, timeout, ...(keepCookies ? ['keep-cookies'] : [])]
  const waiting: ((traffic: Traffic) => void)[] = []
  const client = lab.start(node, `exec /root/node /root/client.mjs ${words.join(' ')}`, (line) =>
    waiting.shift()?.(JSON.parse(line) as Traffic),
  )
  const next = (): Promise<Traffic> => new Promise((resolve) => waiting.push(resolve))
  return {
    count() {
      client.say('\n')
      return next()
    },
    async stop() {
      const last = next()
      await client.stop()
      return last
    },
  }
}
