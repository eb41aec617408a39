import type { Variable, Vars } from '../inventory/inventory.ts'
import { CommitError, commitError } from '../system/errors.ts'
import type { Place, Problem } from '../system/errors.ts'
import { nearest } from '../yaml/nearest.ts'
import type { ValuePath } from '../yaml/yaml.ts'
import { checkArgument } from './check-argument.ts'
import { ownDefaults, ownFault, ownOptions } from './own-variables.ts'
import type { Context } from './register-helpers.ts'
import type { Role } from './role.ts'
import type { Includes } from './template.ts'
import { renderValue } from './value.ts'

/** What rendering a host's roles needs to know besides the roles. */
export interface HostInput {
  readonly host: string
  /** Every host of the inventory, this one included. */
  readonly hosts: readonly string[]
  /** Merged variables that the inventory has for a host. */
  readonly varsOf: (host: string) => Vars
  readonly groupNames: (host: string) => readonly string[]
  readonly groups: Readonly<Record<string, readonly string[]>>
  /** `-e`: above everything else. */
  readonly extraVars: Vars
  /** A getter that is not gathered yet throws FactNeeded. */
  readonly facts: Readonly<Record<string, unknown>>
}

/** The names that a host's templates can use, and what was learned while checking them. */
export interface HostContext {
  readonly context: Context
  readonly problems: readonly Problem[]
  /** Values that must never be shown. */
  readonly secrets: readonly string[]
}

/**
 * Layers the variables (role defaults < inventory < role vars < extra vars), renders each when it is
 * first used, and checks the arguments of every role.
 */
export function createContext(input: HostInput, roles: readonly Role[]): HostContext {
  const problems: Problem[] = []
  const secrets: string[] = []
  const options = Object.assign(
    {},
    ownOptions,
    ...roles.map((role) => role.options ?? {}),
  ) as NonNullable<Role['options']>
  const layered = layer(input, roles)
  const rendered = lazily(layered, (name, value, place) => {
    const option = options[name]
    if (option === undefined) return value
    const checked = checkArgument(value, option, place)
    problems.push(...checked.problems)
    secrets.push(...checked.secrets)
    const fault = name in ownOptions ? ownFault(name, checked.value) : null
    if (fault !== null) problems.push({ place: place([]), message: fault })
    return checked.value
  })
  const context = rendered as Record<string, unknown>
  defineMagic(context, input)

  problems.push(...unknownVariables(input, roles))
  for (const [name, option] of Object.entries(options)) {
    if (!layered.has(name)) {
      if (option.required !== true) continue
      const place = { file: `inventory/host_vars/${input.host}.yml`, key: name }
      const role = roles.find((role) => role.options !== null && name in role.options)
      problems.push({ place, message: `required by role ${role?.name}, but not set anywhere` })
      continue
    }
    collect(problems, () => context[name])
  }
  return { context, problems: unique(problems), secrets }
}

/** Runs something that may find problems of the commit, and keeps them. */
export function collect<T>(problems: Problem[], action: () => T): T | undefined {
  try {
    return action()
  } catch (error) {
    if (!(error instanceof CommitError)) throw error
    problems.push(...error.problems)
    return undefined
  }
}

/** The same variable may be used by many: its problem is told once. */
function unique(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()]
}

interface Layered {
  readonly variable: Variable
  /** Templates that a role's own defaults and vars may `render`. */
  readonly includes?: Includes
}

function layer(input: HostInput, roles: readonly Role[]): ReadonlyMap<string, Layered> {
  const layered = new Map<string, Layered>()
  const add = (vars: Vars, includes?: Includes): void => {
    for (const [name, variable] of vars) {
      layered.set(name, includes ? { variable, includes } : { variable })
    }
  }
  add(ownDefaults)
  for (const role of roles) add(role.defaults, role.templates)
  add(input.varsOf(input.host))
  for (const role of roles) add(role.vars, role.templates)
  add(input.extraVars)
  return layered
}

/** An object whose getters render a variable when it is first used, each once. */
function lazily(
  variables: ReadonlyMap<string, Layered>,
  finish: (name: string, value: unknown, place: (path: ValuePath) => Place) => unknown,
): object {
  const done = new Map<string, unknown>()
  const underWay = new Set<string>()
  const context = {}
  for (const [name, { variable, includes }] of variables) {
    const get = (): unknown => {
      if (done.has(name)) return done.get(name)
      if (underWay.has(name)) {
        const circle = [...underWay, name].join(' → ')
        throw commitError(variable.place([]), `refers to itself: ${circle}`)
      }
      underWay.add(name)
      try {
        const place = (path: ValuePath): Place => variable.place(path)
        const value = renderValue(variable.value, place, context, includes)
        done.set(name, finish(name, value, place))
      } finally {
        underWay.delete(name)
      }
      return done.get(name)
    }
    Object.defineProperty(context, name, { get, enumerable: true, configurable: true })
  }
  return context
}

function defineMagic(context: Record<string, unknown>, input: HostInput): void {
  const hostvars = {}
  for (const host of input.hosts) {
    let made: object | undefined
    Object.defineProperty(hostvars, host, {
      enumerable: true,
      get: () => (made ??= hostVariables(input, host)),
    })
  }
  const magic = {
    inventory_hostname: input.host,
    group_names: input.groupNames(input.host),
    groups: input.groups,
    hostvars,
    facts: input.facts,
  }
  for (const [name, value] of Object.entries(magic)) {
    Object.defineProperty(context, name, { value, enumerable: true, configurable: true })
  }
}

/** Another host's variables: what the inventory says of it; role defaults and facts are not among them. */
function hostVariables(input: HostInput, host: string): object {
  const layered = new Map([...input.varsOf(host)].map(([name, variable]) => [name, { variable }]))
  const context = lazily(layered, (_name, value) => value) as Record<string, unknown>
  context['inventory_hostname'] = host
  context['group_names'] = input.groupNames(host)
  return context
}

/** Variables that look like an argument of a role of this host but are none: mostly typos. */
function unknownVariables(input: HostInput, roles: readonly Role[]): readonly Problem[] {
  const problems: Problem[] = []
  for (const [name, variable] of [...input.varsOf(input.host), ...input.extraVars]) {
    if (name.startsWith('evenkeel_') && !(name in ownOptions)) {
      const message = `Evenkeel has no such variable${nearest(name, Object.keys(ownOptions))}`
      problems.push({ place: variable.place([]), message })
    }
    const role = roles.find((role) => role.options !== null && name.startsWith(`${role.name}_`))
    if (!role?.options || name in role.options || role.defaults.has(name)) continue
    const known = Object.keys(role.options)
    const message = `role ${role.name} has no such variable${nearest(name, known)}`
    problems.push({ place: variable.place([]), message })
  }
  return problems
}
