import type { Inventory } from '../inventory/inventory.ts'
import { mergeVars } from '../inventory/merge.ts'
import { familyOf } from '../programs/address.ts'
import { CommitError, formatPlace } from '../system/errors.ts'
import type { Problem } from '../system/errors.ts'

/**
 * A name in `ansible_host` is fine until something needs an address, such as a rule of the firewall. What is wrong then
 * is found in a file that a built-in role renders, and put right in the inventory: the error names that place.
 */
export function atHostAddress(error: CommitError, inventory: Inventory): CommitError {
  const names = inventory.hosts.flatMap((host) => {
    const variable = mergeVars(inventory, host).get('ansible_host')
    const { value } = variable ?? {}
    return variable !== undefined && typeof value === 'string' && familyOf(value) === null
      ? [{ host, value, place: variable.place([]) }]
      : []
  })
  return new CommitError(error.problems.map((problem) => move(problem, names)))
}

interface HostName {
  readonly host: string
  readonly value: string
  readonly place: Problem['place']
}

function move(problem: Problem, names: readonly HostName[]): Problem {
  const found = names.find(({ value }) => problem.message.includes(`"${value}"`))
  if (found === undefined || problem.place.file === found.place.file) return problem
  const message = `${problem.message} (of ${found.host}, as ${formatPlace(problem.place)} needs it)`
  return { ...problem, place: found.place, message }
}
