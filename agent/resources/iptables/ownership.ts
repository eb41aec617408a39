import type { Family } from '../../programs/address.ts'
import { parseRule } from '../../programs/netfilter/rule.ts'
import type { SavedTable } from '../../programs/netfilter/saved-table.ts'
import type { System } from '../../system/system.ts'
import { noEffects } from '../effects.ts'
import type { Effects } from '../effects.ts'
import { contentChange } from '../file/content.ts'
import { observePath } from '../file/path-state.ts'
import type { Change, OwnedThing, Ownership } from '../kind.ts'
import { readTable } from './read-table.ts'
import { restore } from './restore.ts'
import { savePath } from './save-file.ts'
import type { IptablesSpec } from './spec.ts'
import type { IptablesState } from './state.ts'

/** The chain and its file are ours whoever made them: their names say so. */
export const iptablesOwnership: Ownership<IptablesSpec, IptablesState> = {
  kind: 'iptables',
  owned: (spec, state) =>
    state.families.flatMap(({ family }) =>
      nameOwned(spec, family).map((name) => ({ name, before: null })),
    ),
  claims: (spec) => spec.families.flatMap((family) => nameOwned(spec, family)),
  removal,
  remove,
  effects,
}

function nameOwned(spec: IptablesSpec, family: Family): readonly string[] {
  return [savePath(spec, family), nameChain(spec, family)]
}

/** `ipv4 filter EVENKEEL-IN`. */
export function nameChain({ table, chain }: IptablesSpec, family: Family): string {
  return `${family} ${table} ${chain}`
}

/** What removing a chain, or the file that a boot loads, would change. */
async function removal(owned: OwnedThing, system: System): Promise<readonly Change[]> {
  if (owned.name.startsWith('/')) {
    const { stat, content, unread } = await observePath(owned.name, system)
    if (stat?.type !== 'file') return []
    return [{ ...contentChange(content, null, unread), field: 'saved rules' }]
  }
  const { family, name, chain } = parseChainName(owned.name)
  const table = await readTable(family, name, system)
  const rules = table?.chains.get(chain)
  if (table === null || rules === undefined) return []
  return [
    ...listJumps(table, chain).map(({ parent, rule }) => ({
      field: `jump from ${parent}`,
      before: rule,
      after: null,
    })),
    { field: `rules (${family})`, before: rules.map((rule) => `${rule}\n`).join(''), after: null },
  ]
}

/** Removes every jump to the chain, and the chain, in one transaction; or the file. */
async function remove(owned: OwnedThing, system: System): Promise<void> {
  if (owned.name.startsWith('/')) return system.remove(owned.name)
  const { family, name, chain } = parseChainName(owned.name)
  const table = await readTable(family, name, system)
  if (table === null || !table.chains.has(chain)) return
  const jumps = listJumps(table, chain).map(({ parent, rule }) => `-D ${parent} ${rule}`)
  await restore(family, [`*${name}`, ...jumps, `-F ${chain}`, `-X ${chain}`, 'COMMIT'], system)
}

/** The file of a chain goes, or the chain. */
function effects({ name }: OwnedThing): Effects {
  const file = { path: name, becomes: 'absent', content: null, mode: null } as const
  return { ...noEffects, files: name.startsWith('/') ? [file] : [], traffic: ['network'] }
}

/** What `ipv4 filter EVENKEEL-IN` names. */
export interface ChainName {
  readonly family: Family
  /** Of the table. */
  readonly name: string
  readonly chain: string
}

export function parseChainName(text: string): ChainName {
  const [family, name = '', chain = ''] = text.split(' ')
  return { family: family === 'ipv6' ? 'ipv6' : 'ipv4', name, chain }
}

function listJumps(
  table: SavedTable,
  chain: string,
): readonly { readonly parent: string; readonly rule: string }[] {
  return [...table.chains].flatMap(([parent, rules]) =>
    parent === chain
      ? []
      : rules
          .filter((rule) => parseRule(rule).target?.name === chain)
          .map((rule) => ({ parent, rule })),
  )
}
