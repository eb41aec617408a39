import * as v from 'valibot'
import { parseJson } from '../../system/parse-json.ts'

/** keepalived's numbers 0 to 3 (vrrp.h). */
export const vrrpStates = ['INIT', 'BACKUP', 'MASTER', 'FAULT'] as const
export type VrrpState = (typeof vrrpStates)[number]

/** One VRRP instance as the running keepalived has it. */
export interface DumpedInstance {
  readonly name: string
  readonly state: VrrpState
  readonly interface: string
  readonly virtualRouterId: number
  /** Of VRRP: 2 or 3. */
  readonly version: number
  /** As configured. */
  readonly basePriority: number
  /** With what scripts and files add or take. */
  readonly effectivePriority: number
  /** Milliseconds between two adverts. As a BACKUP of version 3, those of the master. */
  readonly advertInterval: number
  /** Without prefix length; the excluded ones too. */
  readonly vips: readonly string[]
  /** When its state last changed; milliseconds since the epoch. */
  readonly lastTransition: number
  readonly stats: {
    readonly advertsReceived: number
    readonly advertsSent: number
    readonly timesMaster: number
    /** Adverts of priority 0: a master has given its VIPs away. */
    readonly resignationsHeard: number
    /** Adverts thrown away for their VIPs. */
    readonly addressListErrors: number
    /** Adverts thrown away for their password. */
    readonly authenticationErrors: number
  }
}

const address = v.pipe(
  v.string(),
  v.transform((text) => text.split(/[/ ]/)[0] ?? ''),
)

const entry = v.object({
  data: v.object({
    iname: v.string(),
    ifp_ifname: v.optional(v.string(), ''),
    state: v.pipe(
      v.number(),
      v.transform((number): VrrpState => vrrpStates[number] ?? 'INIT'),
    ),
    vrid: v.number(),
    version: v.number(),
    base_priority: v.number(),
    effective_priority: v.number(),
    adver_int: v.number(),
    master_adver_int: v.optional(v.number()),
    last_transition: v.optional(v.number(), 0),
    vips: v.optional(v.array(address), []),
    evips: v.optional(v.array(address), []),
  }),
  stats: v.object({
    advert_rcvd: v.number(),
    advert_sent: v.number(),
    become_master: v.number(),
    pri_zero_rcvd: v.optional(v.number(), 0),
    addr_list_err: v.optional(v.number(), 0),
    auth_failure: v.optional(v.number(), 0),
  }),
})

/** A list of instances, or from 2.2.8 on with `json_version 2` an object that has it. */
const dump = v.union([v.array(entry), v.object({ vrrp: v.array(entry) })])

/** Reads keepalived's JSON (vrrp_json.c). null for anything else, such as a half-written file. */
export function parseDump(text: string): readonly DumpedInstance[] | null {
  const read = v.safeParse(dump, parseJson(text))
  if (!read.success) return null
  const entries = Array.isArray(read.output) ? read.output : read.output.vrrp
  return entries.map(({ data, stats }) => ({
    name: data.iname,
    state: data.state,
    interface: data.ifp_ifname,
    virtualRouterId: data.vrid,
    version: data.version,
    basePriority: data.base_priority,
    effectivePriority: data.effective_priority,
    advertInterval: 1000 * ((data.version === 3 && data.master_adver_int) || data.adver_int),
    vips: [...data.vips, ...data.evips],
    lastTransition: data.last_transition * 1000,
    stats: {
      advertsReceived: stats.advert_rcvd,
      advertsSent: stats.advert_sent,
      timesMaster: stats.become_master,
      resignationsHeard: stats.pri_zero_rcvd,
      addressListErrors: stats.addr_list_err,
      authenticationErrors: stats.auth_failure,
    },
  }))
}
