import * as v from 'valibot'
import { vrrpStates } from '../programs/keepalived/keepalived-dump.ts'
import type { Phase } from '../report/report.ts'
import { parseJson } from '../system/parse-json.ts'
import type { WatchStatus } from './watch-status.ts'

/**
 * What a node proves to its peers about itself: facts with their age, never a lease. Ages are in
 * milliseconds, since clocks of two nodes may differ; texts with a time in them are for people.
 */
export interface Evidence {
  readonly version: 1
  /** Name in the inventory. */
  readonly host: string
  /** The commit that this node was last in line with, and for how long. */
  readonly applied: { readonly commit: string; readonly age: number } | null
  /** The commit of the last run, and what became of it. */
  readonly attempted: {
    readonly commit: string
    readonly outcome: string
    readonly age: number
  } | null
  /** What a run does at the moment, or was cut short at; null: none changes anything. */
  readonly phase: Phase | null
  readonly watch: WatchEvidence
  readonly disabled: {
    readonly reason: string
    readonly who: string
    readonly until: string | null
  } | null
  /** Full hashes of the commits that this node refuses. */
  readonly quarantine: readonly string[]
}

/** Where the watch stands, with the age of its verdict. */
export type WatchEvidence = Omit<WatchStatus, 'since'> & { readonly age: number }

/** What this node knows of a peer. */
export interface PeerView {
  readonly name: string
  readonly address: string
  /** The last that it proved; null: nothing yet. */
  readonly evidence: Evidence | null
  /**
   * Milliseconds since that was received, by a clock that never jumps; null: nothing yet. Below 3100 while
   * the peer answers: it is asked every 2 s, and has 1 s to answer.
   */
  readonly age: number | null
  /** Why the last question was not answered; null: it was. */
  readonly problem: string | null
}

const age = v.pipe(v.number(), v.minValue(0))
const schema: v.GenericSchema<unknown, Evidence> = v.object({
  version: v.literal(1),
  host: v.string(),
  applied: v.nullable(v.object({ commit: v.string(), age })),
  attempted: v.nullable(v.object({ commit: v.string(), outcome: v.string(), age })),
  phase: v.nullable(v.picklist(['applying', 'watching', 'rolling-back'])),
  watch: v.object({
    haproxy: v.picklist(['unwatched', 'up', 'starting', 'saturated', 'wedged', 'deaf', 'dead']),
    sentence: v.string(),
    age,
    isReady: v.boolean(),
    instances: v.nullable(
      v.array(
        v.object({
          name: v.string(),
          state: v.picklist(vrrpStates),
          effectivePriority: v.number(),
        }),
      ),
    ),
    vips: v.array(v.string()),
    holds: v.array(
      v.object({
        file: v.picklist(['fault', 'drain']),
        owner: v.picklist(['watch', 'run', 'operator']),
        reason: v.string(),
        since: v.string(),
      }),
    ),
  }),
  disabled: v.nullable(
    v.object({ reason: v.string(), who: v.string(), until: v.nullable(v.string()) }),
  ),
  quarantine: v.array(v.string()),
})

/** Reads what a peer has answered; null when it is no evidence that this version knows. */
export function parseEvidence(text: string): Evidence | null {
  const parsed = v.safeParse(schema, parseJson(text))
  return parsed.success ? parsed.output : null
}
