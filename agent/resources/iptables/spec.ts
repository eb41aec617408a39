import * as v from 'valibot'
import { families } from '../../programs/address.ts'
import type { Family } from '../../programs/address.ts'
import { kernelChains } from '../../programs/netfilter/kernel-chains.ts'
import { findRuleFault } from '../../programs/netfilter/rule-fault.ts'
import { parseRule } from '../../programs/netfilter/rule.ts'
import { decidingTargets, passingTargets } from '../../programs/netfilter/target.ts'
import { quoteWord } from '../../programs/netfilter/words.ts'
import { CommitError } from '../../system/errors.ts'
import type { Place, Problem } from '../../system/errors.ts'
import { path } from '../parameter.ts'
import { parseParameters, placeOf } from '../schema.ts'

/** A rule of a chain, without `-A CHAIN`. */
export interface IptablesRule {
  readonly text: string
  readonly families: readonly Family[]
  /** Where the task wrote it: `['rules', 3]`. */
  readonly where: readonly (string | number)[]
}

/** A chain of our own, and the jump to it from a chain of the kernel. */
export interface IptablesSpec {
  readonly table: string
  readonly chain: string
  readonly parent: string
  readonly families: readonly Family[]
  /** With the final drop, if there is one. */
  readonly rules: readonly IptablesRule[]
  /** Folder of the files that a boot loads. */
  readonly save: string
}

/** Names that `-j` takes for something else. */
const takenNames: ReadonlySet<string> = new Set([
  ...Object.values(kernelChains).flat(),
  ...passingTargets,
  ...decidingTargets,
])

const family = v.picklist(['ipv4', 'ipv6', 'both'])

/** xt_comment keeps 255 bytes and a zero. */
const comment = v.pipe(
  v.string(),
  v.regex(/^\P{Cc}*$/u, 'expected one line'),
  v.maxBytes(255, 'longer than 255 bytes'),
)

const parameters = v.strictObject({
  table: v.optional(v.picklist(['filter', 'nat', 'mangle', 'raw', 'security']), 'filter'),
  chain: v.pipe(
    v.string(),
    v.regex(/^[A-Za-z0-9_][A-Za-z0-9_-]*$/, 'expected a name such as EVENKEEL-IN'),
    v.maxLength(28, 'longer than 28 letters, the most that the kernel takes'),
    v.check(
      (name) => !takenNames.has(name),
      'the kernel has this name; give the chain one of its own',
    ),
  ),
  parent: v.optional(v.string(), 'INPUT'),
  family: v.optional(family, 'both'),
  rules: v.optional(
    v.array(
      v.union([
        v.string(),
        v.strictObject({
          rule: v.string(),
          family: v.optional(family),
          comment: v.optional(comment),
        }),
      ]),
    ),
    [],
  ),
  default: v.optional(v.picklist(['drop', 'return']), 'return'),
  save: v.optional(
    v.pipe(
      v.string(),
      v.transform((folder) => folder.replace(/\/$/, '')),
      path,
    ),
    '/etc/evenkeel/firewall',
  ),
})

/**
 * Checks what can be known without a kernel. A rule with an address or protocol of one family belongs to
 * that family, so that one list serves both.
 * @throws CommitError
 */
export function parseIptables(raw: Readonly<Record<string, unknown>>, place: Place): IptablesSpec {
  const given = parseParameters(parameters, raw, place)
  const problems: Problem[] = []
  const refuse = (where: readonly (string | number)[], message: string): void => {
    problems.push({ place: placeOf(place, ...where), message })
  }
  const known = kernelChains[given.table] ?? []
  if (!known.includes(given.parent)) {
    refuse(
      ['parent'],
      `table ${given.table} has no chain ${given.parent}; it has ${known.join(', ')}`,
    )
  }
  const wanted = namedFamilies(given.family)
  const rules = given.rules.map((item, index): IptablesRule => {
    const { rule, family, comment } = typeof item === 'string' ? { rule: item } : item
    const where = typeof item === 'string' ? ['rules', index] : ['rules', index, 'rule']
    const fault = findRuleFault(rule)
    if (fault !== null) refuse(where, fault)
    const possible = fault === null ? parseRule(rule).families : families
    const own = namedFamilies(family ?? 'both').filter((one) => wanted.includes(one))
    const applied = own.filter((one) => possible.includes(one))
    if (own.length === 0) refuse(where, `is for ${family}, and the chain for ${given.family}`)
    else if (applied.length === 0)
      refuse(where, `fits ${possible.join()} only, and is for ${own.join()}`)
    return {
      text: comment ? `${rule} -m comment --comment ${quoteWord(comment)}` : rule,
      families: applied,
      where,
    }
  })
  if (problems.length > 0) throw new CommitError(problems)
  const last = { text: '-j DROP', families: wanted, where: ['default'] }
  return {
    table: given.table,
    chain: given.chain,
    parent: given.parent,
    families: wanted,
    rules: given.default === 'drop' ? [...rules, last] : rules,
    save: given.save,
  }
}

function namedFamilies(name: Family | 'both'): readonly Family[] {
  return name === 'both' ? families : [name]
}
