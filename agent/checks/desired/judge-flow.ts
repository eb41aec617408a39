import { allRules } from '../../programs/netfilter/firewall.ts'
import type { Firewall } from '../../programs/netfilter/firewall.ts'
import { judgePacket } from '../../programs/netfilter/judge-packet.ts'
import type { Blame } from '../../programs/netfilter/judge-packet.ts'
import { namedInterfaces } from '../../programs/netfilter/stranger.ts'
import type { Flow, Step } from './flow.ts'

/** The packet that stops a flow, and what drops it: for certain, or under conditions that aren't known. */
export interface FlowProblem {
  readonly verdict: 'drop' | 'unknown'
  readonly step: Step
  readonly by: Blame
}

/**
 * What stops a flow; null when it works. Rules that drop all that is possible drop every attempt too, so
 * attempts are made only in doubt.
 */
export function judgeFlow(flow: Flow, firewall: Firewall): FlowProblem | null {
  const broad = judgeSteps(flow.steps, firewall)
  if (broad?.verdict !== 'unknown') return broad
  const links = namedInterfaces(allRules(firewall))
  let mildest: FlowProblem | null = null
  for (const steps of flow.attempts?.() ?? [flow.steps]) {
    for (const link of links) {
      const problem = judgeSteps(steps, firewall, link)
      if (problem === null) return null
      if (mildest === null || (mildest.verdict === 'drop' && problem.verdict === 'unknown')) {
        mildest = problem
      }
    }
  }
  return mildest
}

/**
 * What stops these packets, a certain drop first; null when nothing does.
 * @param link the interface of those that name none
 */
export function judgeSteps(
  steps: readonly Step[],
  firewall: Firewall,
  link?: string,
): FlowProblem | null {
  let doubt: FlowProblem | null = null
  for (const step of steps) {
    const packet = { ...step.packet, interface: step.packet.interface ?? link }
    const { verdict, by } = judgePacket(firewall, packet)
    if (by === null || verdict === 'accept' || verdict === 'continue') continue
    if (verdict === 'drop') return { verdict, step, by }
    doubt ??= { verdict, step, by }
  }
  return doubt
}
