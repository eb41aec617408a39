import { CommitError } from '../../system/errors.ts'
import type { Place, Problem } from '../../system/errors.ts'
import type { System } from '../../system/system.ts'
import { placeOf } from '../schema.ts'
import { loadInScratch } from './scratch.ts'
import type { IptablesRule, IptablesSpec } from './spec.ts'
import { observeIptables } from './state.ts'

/**
 * Refuses rules that this kernel does not take. Which of them it is, iptables does not always say: halves
 * are tried until it is known, about 7 ms each.
 * @throws CommitError with each rule at fault, or with the list when only several together fail
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
    const others = [...table.userChains].filter((name) => name !== spec.chain)
    const rules = spec.rules.filter((rule) => rule.families.includes(family))
    const load = async (part: readonly IptablesRule[]): Promise<string | null> => {
      const chain = { ...spec, family, others, rules: part.map(({ text }) => text) }
      return (await loadInScratch(chain, system)).fault
    }
    for (const { where, message } of await findFaults(rules, fault, load)) {
      const suffix = spec.families.length > 1 ? ` (${family})` : ''
      problems.push({ place: placeOf(place, ...where), message: `${message}${suffix}` })
    }
  }
  if (problems.length > 0) throw new CommitError(problems)
}

interface RuleFault {
  readonly where: readonly (string | number)[]
  readonly message: string
}

/** @param fault what the kernel says of all these rules together */
async function findFaults(
  rules: readonly IptablesRule[],
  fault: string,
  load: (part: readonly IptablesRule[]) => Promise<string | null>,
): Promise<readonly RuleFault[]> {
  const [only, ...more] = rules
  if (only !== undefined && more.length === 0) return [{ where: only.where, message: fault }]
  const found: RuleFault[] = []
  const middle = Math.ceil(rules.length / 2)
  for (const half of rules.length === 0 ? [] : [rules.slice(0, middle), rules.slice(middle)]) {
    const said = await load(half)
    if (said !== null) found.push(...(await findFaults(half, said, load)))
  }
  return found.length > 0 ? found : [{ where: ['rules'], message: fault }]
}
