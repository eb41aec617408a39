import { warn } from '../../diagnostics/warning.ts'
import type { Warning } from '../../diagnostics/warning.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import { mergeVars } from '../../inventory/merge.ts'
import { loadDesired } from '../../roles/load-desired.ts'
import type { DesiredSource } from '../../roles/load-desired.ts'
import type { Desired } from '../../roles/resource.ts'
import { parseRemote } from '../../source/remote-address.ts'
import { CommitError, formatProblem } from '../../system/errors.ts'
import { sortFindings } from '../finding.ts'
import { hostState } from './host-state.ts'
import { preflight } from './preflight.ts'
import type { HostAddress, HostState } from './rule.ts'
import { untrackedInstances } from './untracked.ts'
import { vrrpPeers } from './vrrp-peers.ts'

const peerKey = 'evenkeel_peer_key'

/** What preflight needs to know besides the desired state. */
export interface PreflightSource extends DesiredSource {
  /** URL of the config repo; null when it is a folder. */
  readonly repo: string | null
  /** Whether the desired state is that of the machine we run on, whose facts are then its own. */
  readonly isThisNode: boolean
}

/**
 * Checks the desired state of a host together with that of its VRRP peers.
 * @returns warnings
 * @throws CommitError with all errors found
 */
export async function checkPreflight(
  desired: Desired,
  source: PreflightSource,
): Promise<readonly Warning[]> {
  const warnings: Warning[] = []
  const peers: HostState[] = []
  for (const peer of vrrpPeers(desired)) {
    try {
      peers.push(stateOf(await loadDesired(peer, source), false, source))
    } catch (error) {
      // The peer will refuse the commit by itself; it must not keep us from landing a fix.
      if (!(error instanceof CommitError)) throw error
      const faults = error.problems.map(formatProblem).join('; ')
      warnings.push(warn('peer-refuses', `${peer} would refuse this: ${faults}`))
    }
  }
  const findings = preflight({
    self: stateOf(desired, source.isThisNode, source),
    peers,
    hosts: hostAddresses(source.inventory),
    remote: source.repo === null ? null : parseRemote(source.repo),
    ...sshPortOf(desired.vars),
    evidencePort: evidencePortOf(desired.vars),
  })
  const found = sortFindings(findings)
  if (found.problems.length > 0) throw new CommitError(found.problems)
  return [...warnings, ...found.warnings]
}

/** Nothing where there is no role that has the variable. */
function sshPortOf({ iptables_ssh_port: port }: Desired['vars']): { readonly sshPort?: number } {
  return typeof port === 'number' ? { sshPort: port } : {}
}

function evidencePortOf({
  evenkeel_peer_key: key,
  evenkeel_port: port,
}: Desired['vars']): number | null {
  return typeof key === 'string' && typeof port === 'number' ? port : null
}

/** The state of a host in the words of the rules, with the key that its inventory gives it. */
function stateOf(desired: Desired, isThisNode: boolean, source: PreflightSource): HostState {
  const variables = new Map([...mergeVars(source.inventory, desired.host), ...source.extraVars])
  const untracked = untrackedInstances(desired, source)
  const state = { ...hostState(desired, isThisNode), variables, untracked }
  const { [peerKey]: value } = desired.vars
  if (typeof value !== 'string') return state
  const place = variables.get(peerKey)?.place([]) ?? { file: 'inventory', key: peerKey }
  return { ...state, peerKey: { value, place } }
}

/** Variables that say where a host is. One that is a template says it elsewhere. */
const addressVariables = ['ansible_host', 'keepalived_ipv4_address', 'keepalived_ipv6_address']

function hostAddresses(inventory: Inventory): readonly HostAddress[] {
  return inventory.hosts.flatMap((name) => {
    const vars = mergeVars(inventory, name)
    return addressVariables.flatMap((key) => {
      const variable = vars.get(key)
      return typeof variable?.value === 'string'
        ? [{ name, address: variable.value, place: variable.place([]) }]
        : []
    })
  })
}
