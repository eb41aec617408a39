import { LocalError } from '../../system/errors.ts'
import type { System } from '../../system/system.ts'
import { noEffects } from '../effects.ts'
import { diffAttributes } from '../file/attributes.ts'
import type { Change, FileWrite, Kind } from '../kind.ts'
import { listRules } from './canonical.ts'
import { checkIptables } from './check.ts'
import { iptablesOwnership, nameChain } from './ownership.ts'
import { restore } from './restore.ts'
import { formatChain, formatSaveFile, savePath } from './save-file.ts'
import { parseIptables } from './spec.ts'
import type { IptablesSpec } from './spec.ts'
import { observeIptables } from './state.ts'
import type { FamilyState, IptablesState } from './state.ts'
import { iptablesUndo } from './undo.ts'

const attributes = { mode: 0o640, owner: 'root', group: 'root' } as const

/**
 * A chain of our own in the firewall: its rules, exactly one jump to it at the right place, and a file for
 * the next boot. Chains, rules and policies of others are not touched, and a change is one transaction
 * for each family.
 */
export const iptables: Kind<IptablesSpec, IptablesState> = {
  name: 'iptables',
  parse: parseIptables,
  id({ families, table, chain }) {
    const only = families.length === 1 ? `${families[0]} ` : ''
    return `iptables ${only}${table} ${chain}`
  },

  effects: (spec) => ({
    ...noEffects,
    files: spec.families.map((family) => ({
      path: savePath(spec, family),
      becomes: 'file',
      content: null,
      mode: attributes.mode,
    })),
    // The rules end with the drop, if there is one
    chains: spec.families.map((family) => ({
      family,
      table: spec.table,
      chain: spec.chain,
      parent: spec.parent,
      rules: listRules(spec, family),
      default: 'return',
    })),
    traffic: ['network'],
  }),

  observe: observeIptables,
  diff: (spec, state) => state.families.flatMap((family) => diffFamily(spec, family)),

  notes(spec, state) {
    const absent = spec.families.filter(
      (family) => !state.families.some((found) => found.family === family),
    )
    const legacy = state.families.filter(({ table }) => table.hasLegacyTables)
    return [
      ...absent.map((family) => `this kernel has no ${family}; its rules are left out`),
      ...(state.isInstalled ? [] : ['iptables is not installed yet, so the rules are not tried']),
      ...legacy.map(
        ({ family }) =>
          `rules of iptables-legacy (${family}) filter as well, and are not shown here`,
      ),
      ...state.families.flatMap(({ jump }) => jump.held ?? []),
    ]
  },

  writes: (spec, state) => state.families.flatMap((family) => writeFamily(spec, family)),
  check: checkIptables,

  async apply(spec, _changes, _state, system) {
    const { families } = await observeIptables(spec, system)
    const refused = families.find(({ fault }) => fault !== null)
    if (refused !== undefined) throw new LocalError(`${refused.family}: ${refused.fault}`)
    for (const family of families) await applyFamily(spec, family, system)
  },

  ownership: iptablesOwnership,

  rollback: {
    touches: (spec, state) => state.families.map(({ family }) => nameChain(spec, family)),
    undo: iptablesUndo,
  },
}

function diffFamily(spec: IptablesSpec, state: FamilyState): readonly Change[] {
  const { family, table, canonical, saved } = state
  const changes: Change[] = []
  const live = table.chains.get(spec.chain)
  const before = live === undefined ? null : formatRules(live)
  const after = formatRules(canonical ?? listRules(spec, family))
  if (before !== after) changes.push({ field: `rules (${family})`, before, after })

  const { found, wanted, reason } = state.jump
  if (reason !== null) {
    const numbers = found.length === 0 ? null : `rule ${found.join(' and ')} of ${spec.parent}`
    changes.push({
      field: `jump (${family})`,
      before: numbers,
      after: `rule ${wanted} of ${spec.parent}`,
      note: reason,
    })
  }

  const text = formatSaveFile(spec, family)
  if (saved?.text !== text) {
    changes.push({ field: `saved rules (${family})`, before: saved?.text ?? null, after: text })
  }
  const differing = saved === null ? [] : diffAttributes(attributes, saved.stat)
  return [
    ...changes,
    ...differing.map((change) => ({
      ...change,
      field: `${change.field} of saved rules (${family})`,
    })),
  ]
}

function writeFamily(spec: IptablesSpec, { family, saved }: FamilyState): readonly FileWrite[] {
  const text = formatSaveFile(spec, family)
  if (saved?.text === text && diffAttributes(attributes, saved.stat).length === 0) return []
  const content = new TextEncoder().encode(text)
  return [{ path: savePath(spec, family), content, ...attributes }]
}

/** The file first: if the node stops in between, the next boot has the new rules. */
async function applyFamily(spec: IptablesSpec, state: FamilyState, system: System): Promise<void> {
  for (const { path, ...file } of writeFamily(spec, state)) {
    if (file.content !== null) await system.writeFile(path, { ...file, content: file.content })
  }
  const { family, table, canonical } = state
  const live = table.chains.get(spec.chain)
  const { commands } = state.jump
  const isFilled =
    live !== undefined && canonical !== null && formatRules(live) === formatRules(canonical)
  if (isFilled && commands.length === 0) return
  const lines = isFilled
    ? [`*${spec.table}`, ...commands, 'COMMIT']
    : formatChain(spec.table, spec.chain, listRules(spec, family), commands)
  await restore(family, lines, system)
}

function formatRules(rules: readonly string[]): string {
  return rules.map((rule) => `${rule}\n`).join('')
}
