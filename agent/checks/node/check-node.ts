import type { Desired } from '../../roles/resource.ts'
import type { System } from '../../system/system.ts'
import { keepalivedConfigPath } from '../desired/keepalived-desired.ts'
import { sortFindings } from '../finding.ts'
import type { CheckResult, Finding } from '../finding.ts'
import { askWire } from './ask-wire.ts'
import { checkWireChange } from './check-wire-change.ts'
import { futureDisk } from './future-disk.ts'
import { readFutureHaproxy } from './future-haproxy.ts'
import type { PeerKeepalived } from './judge-wire-change.ts'
import { observeNode } from './node-view.ts'
import type { NodeView } from './node-view.ts'
import type { NodeRule } from './rule.ts'
import { haproxyAddressMissing } from './rules/haproxy-address-missing.ts'
import { haproxyFolders } from './rules/haproxy-folders.ts'
import { haproxyOpenFiles } from './rules/haproxy-open-files.ts'
import { haproxyPortHeld } from './rules/haproxy-port-held.ts'
import { keepalivedAddress } from './rules/keepalived-address.ts'
import { keepalivedScriptFails } from './rules/keepalived-script-fails.ts'
import { keepalivedTrackFolder } from './rules/keepalived-track-folder.ts'
import { rsyslogInput } from './rules/rsyslog-input.ts'
import { rsyslogOutput } from './rules/rsyslog-output.ts'
import { readWanted } from './wanted.ts'
import type { Wanted } from './wanted.ts'

/** Every rule, in the order of the report. A new rule is one file and one line here. */
export const nodeRules: readonly NodeRule[] = [
  haproxyFolders,
  haproxyPortHeld,
  haproxyAddressMissing,
  haproxyOpenFiles,
  keepalivedTrackFolder,
  keepalivedScriptFails,
  keepalivedAddress,
  rsyslogInput,
  rsyslogOutput,
]

/** keepalived.conf, and what it may include. */
const keepalivedFolder = '/etc/keepalived/'

/** What a run is to do, as far as node checks go. */
export interface NodeCheckInput {
  /** With tags, of the chosen resources alone: what is left out is not there after the run. */
  readonly desired: Desired
  /** Paths of the files that this run writes or removes. */
  readonly changing: ReadonlySet<string>
  /** See {@link NodeView}. Default: no. */
  readonly isTranslated?: boolean
  /**
   * What the peers prove of their keepalived; null: what they run with is what this run brings back. Default: nothing
   * is known of any peer.
   */
  readonly askPeers?: (() => Promise<readonly PeerKeepalived[]>) | null
}

/**
 * Checks the desired state against the node, for what validators of files let pass: held ports, folders,
 * addresses, limits. To be called once packages are there, before anything is replaced; changes nothing.
 */
export async function checkNode(
  { desired, changing, isTranslated = false, askPeers = async () => [] }: NodeCheckInput,
  system: System,
): Promise<CheckResult> {
  const wanted = readWanted(desired)
  const disk = futureDisk(wanted.files, changing, system)
  const haproxy = await readFutureHaproxy(wanted, disk)
  const paths = nodeRules.flatMap((rule) => rule.paths?.(wanted, haproxy) ?? [])
  const node = await observeNode(haproxy, paths, isTranslated, system)
  const isAsked = changing.has(keepalivedConfigPath)
  const isWireTouched = [...changing].some((path) => path.startsWith(keepalivedFolder))
  return sortFindings([
    ...judgeNode(wanted, node, changing),
    ...(isWireTouched && askPeers !== null
      ? await checkWireChange(wanted, disk, askPeers, system)
      : []),
    ...(isAsked ? await askWire(wanted, node, system) : []),
  ])
}

/** What all rules find. Pure. */
export function judgeNode(
  wanted: Wanted,
  node: NodeView,
  changing: ReadonlySet<string>,
): readonly Finding[] {
  return nodeRules.flatMap((rule) => {
    const isTouched = [...changing].some((path) => rule.concerns.some((it) => path.startsWith(it)))
    return rule
      .check(wanted, node)
      .map((finding) => (isTouched ? finding : { ...finding, level: 'warning' as const }))
  })
}
