import { CommitError } from '../errors.ts'
import type { Place, Problem } from '../errors.ts'
import type { System } from '../system/system.ts'
import type { IptablesSpec } from './iptables-spec.ts'
import type { Family } from './iptables-rule.ts'
import { loadInScratch } from './iptables-scratch.ts'
import { observeIptables } from './iptables-state.ts'
import { placeOf } from './schema.ts'

/**
 * Refuses rules that this kernel does not take. Which of them it is, iptables does not always say: each
 * is tried alone then, about 7 ms a rule.
 * @throws CommitError with each rule at fault, or with the list when only all together fail
 */
export async function checkIptables(
  spec: IptablesSpec,
  place: Place,
  system: System,
): Promise<void> {
  const problems: Problem[] = []
  const { families } = await observeIptables(spec, system)
  for (const { family, fault, table } of families) {
    if (fault === null) continue
    const own = {
      ...spec,
      family,
      others: [...table.userChains].filter((name) => name !== spec.chain),
    }
    const before = problems.length
    for (const { text, families, where } of spec.rules) {
      if (!families.includes(family)) continue
      const tried = await loadInScratch({ ...own, rules: [text] }, system)
      if (tried.fault === null) continue
      problems.push({
        place: placeOf(place, ...where),
        message: describe(spec, family, tried.fault),
      })
    }
    if (problems.length === before) {
      problems.push({ place: placeOf(place, 'rules'), message: describe(spec, family, fault) })
    }
  }
  if (problems.length > 0) throw new CommitError(problems)
}

function describe(spec: IptablesSpec, family: Family, fault: string): string {
  return spec.families.length > 1 ? `${fault} (${family})` : fault
}
