import type Handlebars from 'handlebars'
import { FactNeeded } from '../facts/fact-needed.ts'
import { CommitError, messageOf } from '../system/errors.ts'
import { helpers, text as asText } from './helpers.ts'
import { atOrigin, undefinedAt } from './origin.ts'
import type { HelperOptions } from './origin.ts'
import { countTurn, countValue } from './render-limits.ts'

/** Names that a template can use: vars, facts, magic ones. Values may be getters. */
export type Context = Readonly<Record<string, unknown>>

/**
 * Makes our helpers, and stricter forms of Handlebars' own, the only ones of an environment.
 * @param render gives the rendered text of another template of the role; null when there is none
 */
export function registerHelpers(
  environment: typeof Handlebars,
  render: (name: string, context: Context) => string | null,
): void {
  const builtin = { ...environment.helpers }
  for (const name of Object.keys(builtin)) environment.unregisterHelper(name)
  for (const [name, helper] of Object.entries(helpers)) {
    register(environment, name, helper.takesUndefined === true, (...values) => {
      if (values.length < helper.call.length) throw new Error(`write ${helper.usage}`)
      return helper.call(...values)
    })
  }
  register(environment, 'print', false, (value) => asText(value))
  register(environment, 'lookup', false, (map, key) => {
    const found = Object.getOwnPropertyDescriptor(Object(map), asText(key))
    if (found === undefined) throw new Error(`there is no "${asText(key)}" in it`)
    return found.get ? (found.get.call(map) as unknown) : (found.value as unknown)
  })
  for (const name of ['if', 'unless', 'each', 'with']) {
    const original = builtin[name] as Handlebars.HelperDelegate
    environment.registerHelper(
      name,
      function (this: unknown, value: unknown, options: HelperOptions) {
        if (value === undefined) throw undefinedAt(options)
        const own = name === 'each' ? countingTurns(options) : options
        return original.call(this, value, own) as unknown
      },
    )
  }
  environment.registerHelper('render', (...all: unknown[]) => {
    const options = all.pop() as HelperOptions
    const name = asText(all[0])
    const text = render(name, (options.data as { root: Context }).root)
    if (text === null) throw atOrigin(options, `no template "${name}" in this role`)
    return text
  })
}

/** The same, with each turn of the loop counted. */
function countingTurns(options: HelperOptions): HelperOptions {
  return {
    ...options,
    fn(context: unknown, given?: Handlebars.RuntimeOptions) {
      const text = options.fn(context, given)
      countTurn(text, options)
      return text
    },
  }
}

/** Registers a helper whose arguments are checked and whose errors name the place of the call. */
export function register(
  environment: typeof Handlebars,
  name: string,
  takesUndefined: boolean,
  call: (...values: readonly unknown[]) => unknown,
): void {
  environment.registerHelper(name, (...all: unknown[]) => {
    const options = all.pop() as HelperOptions
    if (!takesUndefined && all.includes(undefined)) throw undefinedAt(options)
    try {
      const value = call(...all)
      countValue(value, options)
      return value
    } catch (error) {
      if (error instanceof CommitError || error instanceof FactNeeded) throw error
      throw atOrigin(options, messageOf(error))
    }
  })
}
