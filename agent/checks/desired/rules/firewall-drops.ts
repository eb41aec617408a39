import { ownFirewall } from '../../../programs/netfilter/firewall.ts'
import type { Blame } from '../../../programs/netfilter/judge-packet.ts'
import type { OwnChain } from '../../../programs/netfilter/own-chain.ts'
import { parseRule } from '../../../programs/netfilter/rule.ts'
import type { Place } from '../../../system/errors.ts'
import type { Finding } from '../../finding.ts'
import type { Flow } from '../flow.ts'
import { evidenceFlows } from '../flows/evidence.ts'
import { gitRemoteFlows } from '../flows/git-remote.ts'
import { haproxyPeerFlows } from '../flows/haproxy-peers.ts'
import { haproxyPortFlows } from '../flows/haproxy-port.ts'
import { linkFlows } from '../flows/link.ts'
import { sshFlows } from '../flows/ssh.ts'
import { vrrpFlows } from '../flows/vrrp.ts'
import { judgeFlow } from '../judge-flow.ts'
import type { FlowProblem } from '../judge-flow.ts'
import type { PreflightInput, Rule } from '../rule.ts'

/**
 * The desired firewall would cut what the pair and its people need: VRRP, ssh, the Git remote, the
 * ports of haproxy, its peers, the agents' evidence.
 */
export const firewallDrops: Rule = { id: 'firewall-drops', check }

function check(input: PreflightInput): readonly Finding[] {
  const firewall = ownFirewall(input.self.firewall)
  if (firewall.length === 0) return []
  const flows = [
    ...vrrpFlows(input),
    ...sshFlows(input, firewall),
    ...gitRemoteFlows(input, firewall),
    ...linkFlows(input),
    ...haproxyPortFlows(input, firewall),
    ...haproxyPeerFlows(input),
    ...evidenceFlows(input),
  ]
  const findings = new Map<string, Finding>()
  for (const flow of flows) {
    const problem = judgeFlow(flow, firewall)
    if (problem === null || (problem.verdict === 'unknown' && !flow.warnsOfDoubt)) continue
    const { what } = problem.step
    // Two instances may share a peer, and a guess may repeat what is certain: the first one says it.
    if (!findings.has(what)) findings.set(what, toFinding(flow, problem, input.self.firewall))
  }
  return [...findings.values()]
}

function toFinding(flow: Flow, problem: FlowProblem, chains: readonly OwnChain[]): Finding {
  const { verdict, step, by } = problem
  const { chain, rule } = locate(by, chains)
  const text = rule === null ? '' : `rule ${rule + 1} ("${chain.rules[rule] ?? ''}")`
  const why = rule === null ? 'what accepts it depends' : `${text} depends`
  const drop =
    verdict === 'drop'
      ? `would drop ${step.what}`
      : `may drop ${step.what} (${why} on more than the packet)`
  const where = rule === null ? `in chain ${chain.chain}` : `before ${text} of chain ${chain.chain}`
  return {
    rule: firewallDrops.id,
    level: verdict === 'drop' ? flow.level : 'warning',
    place: rule === null ? chain.place : placeOf(chain, rule),
    message: `the firewall ${drop}: ${flow.consequence}; allow "${step.allow}" ${where}`,
  }
}

/** A drop of everything at the end is the chain's default, also when it is given as its last rule: null. */
function locate(
  by: Blame,
  chains: readonly OwnChain[],
): { readonly chain: OwnChain; readonly rule: number | null } {
  const chain = chains.find((one) => isBlamed(one, by))
  if (chain === undefined) throw new Error(`no chain ${by.table} ${by.chain} is asked for`)
  const text = by.rule === null ? undefined : chain.rules[by.rule]
  if (text === undefined) return { chain, rule: null }
  const isLast = by.rule === chain.rules.length - 1
  const { conditions, target } = parseRule(text)
  const isFinal = isLast && conditions.length === 0 && /^(DROP|REJECT)$/.test(target?.name ?? '')
  return { chain, rule: isFinal ? null : by.rule }
}

function isBlamed({ family, table, chain }: OwnChain, by: Blame): boolean {
  return family === by.family && table === by.table && chain === by.chain
}

function placeOf(chain: OwnChain, rule: number): Place {
  const { place, rulePlaces } = chain
  const key = `rules[${rule}]`
  return (
    rulePlaces?.[rule] ?? { ...place, key: place.key === undefined ? key : `${place.key}.${key}` }
  )
}
