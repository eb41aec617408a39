import type { Step } from '../checks/desired/flow.ts'
import { judgeSteps } from '../checks/desired/judge-flow.ts'
import type { HostState } from '../checks/desired/rule.ts'
import { families } from '../programs/address.ts'
import type { Family } from '../programs/address.ts'
import { allRules, savedFirewall } from '../programs/netfilter/firewall.ts'
import type { Firewall } from '../programs/netfilter/firewall.ts'
import type { Blame } from '../programs/netfilter/judge-packet.ts'
import { ownComment } from '../programs/netfilter/own-chain.ts'
import { findStranger } from '../programs/netfilter/stranger.ts'
import { readTables } from '../resources/iptables/read-table.ts'
import type { System } from '../system/system.ts'
import type { Drop, TrafficHealth } from './health.ts'
import type { NeededTraffic } from './needed-traffic.ts'

/** What is to get through, and the host that asks for it, whose chains are our own. */
export interface TrafficScope {
  readonly needed: readonly NeededTraffic[]
  readonly self: HostState
}

/**
 * What becomes of the needed traffic in the rules that run, those of others included. A family whose rules
 * iptables can't show is left out.
 */
export async function observeTraffic(
  scope: TrafficScope,
  system: Pick<System, 'run'>,
): Promise<readonly TrafficHealth[]> {
  const found = await Promise.all(
    families.map(async (family) => {
      const saved = await readTables(family, system)
      return saved === null ? [] : walkTraffic(scope, family, savedFirewall(family, saved))
    }),
  )
  return found.flat()
}

/** The same for the rules of a family that are given. Pure. */
export function walkTraffic(
  { needed, self }: TrafficScope,
  family: Family,
  firewall: Firewall,
): readonly TrafficHealth[] {
  const stranger = findStranger(allRules(firewall), family, self.addresses)
  const anybody = stranger === null ? [] : [{ client: null, address: stranger }]
  return needed
    .filter((one) => one.family === family)
    .flatMap(({ steps, clients, isServed }) => {
      const tried =
        clients === null
          ? [{ client: null, address: undefined }]
          : [...anybody, ...clients.map((client) => ({ client, address: client }))]
      return tried.map(({ client, address }): TrafficHealth => {
        const ofClient = steps.map((step) => withClient(step, address))
        const dropped = findDrop(ofClient, firewall, self)
        return { what: steps[0]?.what ?? '', client, isServed, dropped }
      })
    })
}

/** Where a packet leaves its client open, it is this one. */
function withClient(step: Step, client: string | undefined): Step {
  const { packet } = step
  const { direction, source = client, destination = client } = packet
  return {
    ...step,
    packet: { ...packet, ...(direction === 'in' ? { source } : { destination }) },
  }
}

function findDrop(steps: readonly Step[], firewall: Firewall, self: HostState): Drop | null {
  const problem = judgeSteps(steps, firewall)
  if (problem?.verdict !== 'drop') return null
  const { step, by } = problem
  const rule = by.rule === null ? null : ruleOf(by, firewall)
  const isOwn =
    rule?.comment === ownComment ||
    self.firewall.some(
      (own) => own.family === by.family && own.table === by.table && own.chain === by.chain,
    )
  const where = by.table === 'filter' ? by.chain : `${by.chain} (table ${by.table})`
  const tool = by.family === 'ipv6' ? ' of ip6tables' : ''
  return {
    what: step.what,
    by: rule
      ? `"${rule.text}", rule ${(by.rule ?? 0) + 1} of ${where}${tool}`
      : `the policy of ${where}${tool}`,
    isOwn,
    isConfirmed: false,
  }
}

/** What the look before has found as well. */
export function confirmDrops(
  earlier: readonly TrafficHealth[] | null,
  now: readonly TrafficHealth[],
): readonly TrafficHealth[] {
  const found = new Set(earlier?.filter(({ dropped }) => dropped !== null).map(trafficKey))
  return now.map((one) => ({
    ...one,
    dropped: one.dropped && { ...one.dropped, isConfirmed: found.has(trafficKey(one)) },
  }))
}

/** The same for the same traffic at each look. */
export function trafficKey({ what, client }: TrafficHealth): string {
  return `${client ?? ''} ${what}`
}

function ruleOf({ family, table, chain, rule }: Blame, firewall: Firewall) {
  const found = firewall.find((one) => one.family === family && one.name === table)
  return rule === null ? null : (found?.chains.get(chain)?.rules[rule] ?? null)
}
