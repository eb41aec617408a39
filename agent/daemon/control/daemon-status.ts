import * as v from 'valibot'
import { warningSchema } from '../../diagnostics/warning.ts'
import { peerViewSchema } from '../../peers/evidence.ts'
import { watchStatusSchema } from '../../peers/watch-status.ts'
import { causeSchema, phaseSchema } from '../../report/report.ts'
import type { Parsed } from '../../system/parsed.ts'
import { driftSchema } from '../loop/report-drift.ts'

/** The schema of {@link DaemonStatus}. */
export const daemonStatusSchema = v.object({
  version: v.string(),
  pid: v.number(),
  since: v.string(),
  /** When the schedule is due next. */
  nextRun: v.string(),
  onDrift: v.picklist(['repair', 'report']),
  /** The current run; null: none. */
  inHand: v.nullable(
    v.object({ cause: causeSchema, since: v.string(), phase: v.nullable(phaseSchema) }),
  ),
  /** How many runs wait for it. */
  waiting: v.number(),
  /** The last drift since the daemon was started. */
  lastDrift: v.nullable(driftSchema),
  /** null: this node has nothing to watch. */
  watch: v.nullable(watchStatusSchema),
  /** null: no peers are asked. */
  peers: v.nullable(v.array(peerViewSchema)),
  /** Why peers can't ask this node; null: they can, or nobody asks. */
  unheard: v.nullable(v.string()),
  /** All that is not as it should be at the moment. */
  warnings: v.array(warningSchema),
})

/** What the daemon reports of itself. Times are ISO 8601. Its parts have a share in it each. */
export interface DaemonStatus extends Parsed<typeof daemonStatusSchema> {}
