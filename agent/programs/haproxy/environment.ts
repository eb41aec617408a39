/** The variables of haproxy's process, as far as they are known. */
export interface Environment {
  /** undefined: it is not set. null: that, or its value, can't be told. */
  readonly variables: ReadonlyMap<string, string | null | undefined>
  /** What is not listed is not set. Otherwise nobody can tell. */
  readonly isComplete: boolean
}

/** Nothing is known of it. */
export const unknownEnvironment: Environment = { variables: new Map(), isComplete: false }

/**
 * The value of a variable.
 * @returns undefined when it is not set; null when that can't be told, as of those that haproxy sets itself
 * (`HAPROXY_LOCALPEER`, `HAPROXY_BRANCH`, …)
 */
export function findVariable(
  name: string,
  { variables, isComplete }: Environment,
): string | null | undefined {
  if (variables.has(name)) return variables.get(name)
  return isComplete && !name.startsWith('HAPROXY_') ? undefined : null
}

/**
 * What a line of `global` makes of the environment, for the lines behind it: `setenv`, `presetenv`, `unsetenv`,
 * `resetenv` (cfgparse-global.c). Other lines leave it as it is.
 * @param isCertain whether haproxy certainly reads the line
 */
export function changeEnvironment(
  environment: Environment,
  [keyword, ...names]: readonly string[],
  isCertain: boolean,
): Environment {
  const { variables, isComplete } = environment
  const set = (changed: readonly string[], value: string | null | undefined): Environment => {
    const now = isCertain ? value : null
    return {
      variables: new Map([...variables, ...changed.map((name) => [name, now] as const)]),
      isComplete,
    }
  }
  const [name = '', value = ''] = names
  switch (keyword) {
    case 'setenv':
      return set([name], value)
    case 'presetenv': {
      const present = findVariable(name, environment)
      if (present === undefined) return set([name], value)
      return present === null ? set([name], null) : environment
    }
    case 'unsetenv':
      return set(names, undefined)
    case 'resetenv': {
      const kept = names.map((one) => [one, findVariable(one, environment)] as const)
      return { variables: new Map(kept), isComplete: isCertain }
    }
    default:
      return environment
  }
}
