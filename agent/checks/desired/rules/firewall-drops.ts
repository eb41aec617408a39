import type { FirewallChain } from '../../../programs/netfilter/firewall-chain.ts'
import { readFirewall } from '../../../programs/netfilter/packet-walk.ts'
import type { Blame, Firewall } from '../../../programs/netfilter/packet-walk.ts'
import { judgePacket } from '../../../programs/netfilter/packet.ts'
import type { Place } from '../../../system/errors.ts'
import type { Finding } from '../../finding.ts'
import type { Flow, Step } from '../flow.ts'
import { evidenceFlows } from '../flows/evidence.ts'
import { gitRemoteFlows } from '../flows/git-remote.ts'
import { haproxyPortFlows } from '../flows/haproxy-port.ts'
import { linkFlows } from '../flows/link.ts'
import { sshFlows } from '../flows/ssh.ts'
import { vrrpFlows } from '../flows/vrrp.ts'
import type { PreflightInput, Rule } from '../rule.ts'

/**
 * The desired firewall would cut what the pair and its people need: VRRP, ssh, the Git remote, the
 * ports of haproxy, the peers' evidence.
 */
export const firewallDrops: Rule = { id: 'firewall-drops', check }

function check(input: PreflightInput): readonly Finding[] {
  const firewall = readFirewall(input.self.firewall)
  if (firewall.length === 0) return []
  const flows = [
    ...vrrpFlows(input),
    ...sshFlows(input, firewall),
    ...gitRemoteFlows(input, firewall),
    ...linkFlows(input),
    ...haproxyPortFlows(input, firewall),
    ...evidenceFlows(input),
  ]
  const links = namedInterfaces(firewall)
  const findings = new Map<string, Finding>()
  for (const flow of flows) {
    const problem = judgeFlow(flow, firewall, links)
    if (problem === null || (problem.verdict === 'unknown' && !flow.warnsOfDoubt)) continue
    const { what } = problem.step
    // Two instances may share a peer, and a guess may repeat what is certain: the first one says it.
    if (!findings.has(what)) findings.set(what, toFinding(flow, problem))
  }
  return [...findings.values()]
}

/** The interfaces that rules tell apart, and one of no rule. `eth+` stands for one that begins so. */
function namedInterfaces(firewall: Firewall): readonly string[] {
  const names = firewall.flatMap(({ rules }) =>
    rules.flatMap(({ conditions }) =>
      conditions.flatMap((it) => (it.on === 'in' || it.on === 'out' ? [it.name] : [])),
    ),
  )
  return ['(other)', ...new Set(names.filter((name) => name !== 'lo'))]
}

interface FlowProblem {
  readonly verdict: 'drop' | 'unknown'
  readonly step: Step
  readonly by: Blame
}

/**
 * What stops a flow; null when it works. Rules that drop all that is possible drop every attempt too, so
 * attempts are made only in doubt.
 */
function judgeFlow(flow: Flow, firewall: Firewall, links: readonly string[]): FlowProblem | null {
  const broad = judgeSteps(flow.steps, firewall, undefined)
  if (broad?.verdict !== 'unknown') return broad
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

function judgeSteps(
  steps: readonly Step[],
  firewall: Firewall,
  link: string | undefined,
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

function toFinding(flow: Flow, { verdict, step, by }: FlowProblem): Finding {
  const { chain, rule } = named(by)
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

/** A drop of everything at the end is the chain's default, also when it is given as its last rule. */
function named({ chain, rule }: Blame): Blame {
  const isLast = rule === chain.rules.length - 1
  const isFinal = isLast && /^(-j|--jump) (DROP|REJECT)\b/.test(chain.rules[rule] ?? '')
  return { chain, rule: isFinal ? null : rule }
}

function placeOf(chain: FirewallChain, rule: number): Place {
  const { place, rulePlaces } = chain
  const key = `rules[${rule}]`
  return (
    rulePlaces?.[rule] ?? { ...place, key: place.key === undefined ? key : `${place.key}.${key}` }
  )
}
