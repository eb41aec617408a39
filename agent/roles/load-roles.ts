import type { Variable } from '../inventory/inventory.ts'
import { CommitError, commitError } from '../system/errors.ts'
import type { Problem } from '../system/errors.ts'
import type { LoadRole } from './load-role.ts'
import type { Role } from './role.ts'

/**
 * Reads the roles that a host's variable `roles` lists, in its order.
 * @throws CommitError with what is wrong in all of them
 */
export async function loadRoles(
  host: string,
  variable: Variable | undefined,
  load: LoadRole,
): Promise<readonly Role[]> {
  if (variable === undefined) {
    const place = { file: `inventory/host_vars/${host}.yml`, key: 'roles' }
    throw commitError(place, 'not set: list the roles of this host, such as [sysctl, haproxy]')
  }
  const names: unknown = variable.value
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
    throw commitError(variable.place([]), 'expected a list of role names')
  }
  const problems: Problem[] = []
  const loading = names.map((name, index) =>
    load(name, variable.place([index])).catch((error: unknown) => {
      if (!(error instanceof CommitError)) throw error
      problems.push(...error.problems)
      return null
    }),
  )
  const roles = (await Promise.all(loading)).filter((role) => role !== null)
  if (problems.length > 0) throw new CommitError(problems)
  return roles
}
