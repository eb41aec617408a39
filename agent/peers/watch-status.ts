import * as v from 'valibot'
import { vrrpStates } from '../programs/keepalived/dump.ts'
import { holdSchema } from '../programs/keepalived/hold-file.ts'
import type { Parsed } from '../system/parsed.ts'

/**
 * - `unwatched`: nothing asks for haproxy on this node, or `watch: off`.
 * - `starting`: a start or a planned reload goes on.
 * - `saturated`: answers, and has as many connections as it takes.
 * - `wedged`: runs and does not answer.
 * - `deaf`: answers, and does not listen where haproxy.cfg says.
 */
const verdict = v.picklist(['unwatched', 'up', 'starting', 'saturated', 'wedged', 'deaf', 'dead'])

/** keepalived's process. */
export const keepalivedSchema = v.object({
  /** No process of that name is there, whatever its pid file says, when this is false. */
  isRunning: v.boolean(),
  /** Of the process: `2.2.7`; null: none runs, or it does not say. */
  version: v.nullable(v.string()),
})

const instance = v.object({
  name: v.string(),
  state: v.picklist(vrrpStates),
  effectivePriority: v.number(),
})

/** The schema of {@link WatchStatus}. */
export const watchStatusSchema = v.object({
  haproxy: verdict,
  /** One sentence: what is so, why, and what is done about it. */
  sentence: v.string(),
  /** Milliseconds since the epoch: since when the verdict holds. */
  since: v.number(),
  /** Whether this node could take or keep the VIPs: haproxy serves, keepalived runs, nobody holds it back. */
  isReady: v.boolean(),
  /** null: keepalived does not report them, or nothing asks for it here. */
  instances: v.nullable(v.array(instance)),
  /** Missing: nothing asks for keepalived here, or this is said by an older version. */
  keepalived: v.optional(keepalivedSchema),
  /** VIPs that are on this node's interfaces. */
  vips: v.array(v.string()),
  /** Who keeps the VIPs away from this node, and how. */
  holds: v.array(holdSchema),
})

/** Where the watch stands, for status, evidence and page. */
export interface WatchStatus extends Parsed<typeof watchStatusSchema> {}
/** What the watch knows of haproxy at the moment. */
export type HaproxyVerdict = WatchStatus['haproxy']
export interface InstanceStatus extends Parsed<typeof instance> {}
