import * as v from 'valibot'
import { phaseSchema } from '../report/report.ts'
import { parseJson } from '../system/parse-json.ts'
import type { Parsed } from '../system/parsed.ts'
import { keepalivedSchema, watchStatusSchema } from './watch-status.ts'

/** Milliseconds, since clocks of two nodes may differ. */
const age = v.pipe(v.number(), v.minValue(0))

const evidenceSchema = v.object({
  version: v.literal(1),
  /** Name in the inventory. */
  host: v.string(),
  /** The commit that this node was last in sync with, and for how long. */
  applied: v.nullable(v.object({ commit: v.string(), age })),
  /** The commit of the last run, and what became of it. */
  attempted: v.nullable(v.object({ commit: v.string(), outcome: v.string(), age })),
  /** What a run does at the moment, or was cut short at; null: none changes anything. */
  phase: v.nullable(phaseSchema),
  /** Where the watch stands, with the age of its verdict. */
  watch: v.object({ ...v.omit(watchStatusSchema, ['since', 'keepalived']).entries, age }),
  /** Missing: it is not known whether keepalived runs there, so that it may. */
  keepalived: v.optional(keepalivedSchema),
  disabled: v.nullable(
    v.object({ reason: v.string(), who: v.string(), until: v.nullable(v.string()) }),
  ),
  /** Full hashes of the commits that this node refuses. */
  quarantine: v.array(v.string()),
})

/**
 * What a node proves to its peers about itself: facts with their age, never a lease. Texts with a time in them
 * are for operators.
 */
export interface Evidence extends Parsed<typeof evidenceSchema> {}

/** The schema of {@link PeerView}. */
export const peerViewSchema = v.object({
  name: v.string(),
  address: v.string(),
  /** The last that it proved; null: nothing yet. */
  evidence: v.nullable(evidenceSchema),
  /**
   * Milliseconds since that was received, by a clock that never jumps; null: nothing yet. Below 3100 while
   * the peer answers: it is asked every 2 s, and has 1 s to answer.
   */
  age: v.nullable(v.number()),
  /** Why the last question was not answered; null: it was. */
  problem: v.nullable(v.string()),
})

/** What this node knows of a peer. */
export interface PeerView extends Parsed<typeof peerViewSchema> {}

/** Reads what a peer has answered; null when it is no evidence that this version knows. */
export function parseEvidence(text: string): Evidence | null {
  const parsed = v.safeParse(evidenceSchema, parseJson(text))
  return parsed.success ? parsed.output : null
}
