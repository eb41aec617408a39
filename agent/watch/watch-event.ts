import type { HaproxyVerdict } from '../peers/watch-status.ts'

/** What the watch tells: for the log, the history and whoever is to be notified. */
export type WatchEvent = { readonly sentence: string } & (
  | { readonly type: 'verdict'; readonly from: HaproxyVerdict; readonly to: HaproxyVerdict }
  /** The VIPs are given away. */
  | { readonly type: 'failover'; readonly cause: string; readonly owner: 'watch' | 'run' }
  /** They may come back. Milliseconds since they were given away. */
  | { readonly type: 'return'; readonly cause: string; readonly duration: number }
  | {
      readonly type: 'restart'
      readonly attempt: number
      /** null: systemd called it started. */
      readonly error: string | null
      readonly duration: number
    }
  /** VIPs came or went, for whatever reason. */
  | {
      readonly type: 'vips'
      readonly gained: readonly string[]
      readonly lost: readonly string[]
    }
)
