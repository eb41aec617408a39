import type { Code } from '../diagnostics/code.ts'
import { warnAt } from '../diagnostics/warning.ts'
import type { Warning } from '../diagnostics/warning.ts'
import type { Place, Problem } from '../system/errors.ts'

/** What a rule found: an error refuses the commit, a warning is shown. */
export interface Finding {
  /** Id of the rule, which is the code of what it leads to. */
  readonly rule: Code
  readonly level: 'error' | 'warning'
  readonly place: Place
  /** One clause: what would happen and what to change; no capital, no full stop. */
  readonly message: string
}

/** What findings lead to. */
export interface CheckResult {
  /** They refuse the commit. */
  readonly problems: readonly Problem[]
  readonly warnings: readonly Warning[]
}

/** Sorts findings by what they lead to. Each sentence ends with the id of its rule. */
export function sortFindings(findings: readonly Finding[]): CheckResult {
  const told = findings.map(({ rule, level, place, message }) => ({
    level,
    code: rule,
    problem: { place, message: `${message} [${rule}]`, code: rule },
  }))
  return {
    problems: told.filter(({ level }) => level === 'error').map(({ problem }) => problem),
    warnings: told
      .filter(({ level }) => level === 'warning')
      .map(({ code, problem }) => warnAt(code, problem)),
  }
}
