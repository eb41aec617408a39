import type { Family } from '../../programs/address.ts'
import { listRules } from './canonical.ts'
import { jumpRule } from './jump-rule.ts'
import type { IptablesSpec } from './spec.ts'

/** The file of a family that a boot loads: `EVENKEEL-IN.v4`, or `NAME.nat.v4` for another table. */
export function savePath({ save, table, chain }: IptablesSpec, family: Family): string {
  const name = table === 'filter' ? chain : `${chain}.${table}`
  return `${save}/${name}.${family === 'ipv4' ? 'v4' : 'v6'}`
}

/**
 * Input for `iptables-restore -w 5 --noflush`, which fills the chain and touches no other. Loaded twice it
 * would add the jump twice, so the jump is a remark, `#jump TABLE PARENT RULE…`, for the loader to try with
 * -C before it adds it with -I; its words hold no blanks.
 */
export function formatSaveFile(spec: IptablesSpec, family: Family): string {
  const { table, chain, parent } = spec
  const lines = [
    '# Written by Evenkeel, and loaded at boot. The running rules are compared with the task, not with this.',
    `#jump ${table} ${parent} ${jumpRule(chain)}`,
    ...formatChain(table, chain, listRules(spec, family)),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** One transaction on one table: the chain with exactly these rules, then other commands. */
export function formatChain(
  table: string,
  chain: string,
  rules: readonly string[],
  commands: readonly string[] = [],
): readonly string[] {
  const filled = [`:${chain} - [0:0]`, ...rules.map((rule) => `-A ${chain} ${rule}`)]
  return [`*${table}`, ...filled, ...commands, 'COMMIT']
}
