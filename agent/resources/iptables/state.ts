import type { Family } from '../../programs/address.ts'
import { emptyTable } from '../../programs/netfilter/saved-table.ts'
import type { SavedTable } from '../../programs/netfilter/saved-table.ts'
import type { FileStat, System } from '../../system/system.ts'
import { observePath } from '../file/path-state.ts'
import { canonicalise, listRules } from './canonical.ts'
import { judgeJump } from './jump.ts'
import type { JumpVerdict } from './jump.ts'
import { readTable } from './read-table.ts'
import { savePath } from './save-file.ts'
import type { IptablesSpec } from './spec.ts'

/** What a node has of a chain in one family. */
export interface FamilyState {
  readonly family: Family
  readonly table: SavedTable
  /** The desired rules in the kernel's words; null when they can't be had. */
  readonly canonical: readonly string[] | null
  /** Why the kernel does not take the desired rules. */
  readonly fault: string | null
  readonly jump: JumpVerdict
  readonly saved: { readonly text: string; readonly stat: FileStat } | null
}

export interface IptablesState {
  /** Those that the kernel has. */
  readonly families: readonly FamilyState[]
  readonly isInstalled: boolean
}

/** Reads the running rules and the files: one iptables-save for each family while nothing is new. */
export async function observeIptables(spec: IptablesSpec, system: System): Promise<IptablesState> {
  const hasIPv6 = (await system.list('/proc/sys/net/ipv6')) !== null
  const families = spec.families.filter((family) => family === 'ipv4' || hasIPv6)
  const found = await Promise.all(families.map((family) => observeFamily(spec, family, system)))
  return {
    families: found.map(({ state }) => state),
    isInstalled: found.every(({ isInstalled }) => isInstalled),
  }
}

async function observeFamily(
  spec: IptablesSpec,
  family: Family,
  system: System,
): Promise<{ readonly state: FamilyState; readonly isInstalled: boolean }> {
  const path = savePath(spec, family)
  const { stat, content } = await observePath(path, system)
  const saved = content && stat && { text: new TextDecoder().decode(content), stat }
  const table = await readTable(family, spec.table, system)
  const { rules: canonical, fault } =
    table === null ? { rules: null, fault: null } : await canonicalise(spec, family, table, system)
  const { chain, parent } = spec
  const wanted = { family, chain, parent, rules: canonical ?? listRules(spec, family) }
  const present = table ?? emptyTable
  const jump = judgeJump(wanted, present)
  const state = { family, table: present, canonical, fault, jump, saved }
  return { state, isInstalled: table !== null }
}
