import { commitError } from '../system/errors.ts'
import type { Place } from '../system/errors.ts'
import { isUnsafeText } from '../yaml/tag.ts'
import type { ValuePath } from '../yaml/yaml.ts'
import { jinjaHint } from './jinja-hint.ts'
import type { Context } from './register-helpers.ts'
import { compileTemplate, evaluate } from './template.ts'
import type { Includes } from './template.ts'

/**
 * Renders every text inside a value of YAML. A text that is one `{{expression}}` and nothing else keeps
 * the type of what it names: a list stays a list.
 * @throws CommitError with the place of the text at fault
 */
export function renderValue(
  value: unknown,
  place: (path: ValuePath) => Place,
  context: Context,
  includes?: Includes,
  path: ValuePath = [],
): unknown {
  if (typeof value === 'string') {
    return isTemplated(value) ? renderText(value, place(path), context, includes) : value
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => renderValue(item, place, context, includes, [...path, index]))
  }
  if (isUnsafeText(value)) return value.__ansible_unsafe
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        renderValue(inner, place, context, includes, [...path, key]),
      ]),
    )
  }
  return value
}

function isTemplated(value: string): boolean {
  return value.includes('{{') || value.includes('{%')
}

function renderText(
  value: string,
  place: Place,
  context: Context,
  includes: Includes | undefined,
): unknown {
  const hint = jinjaHint(value)
  if (hint !== null) throw commitError(place, hint)
  const whole = /^\{\{([^{}]*)\}\}$/.exec(value)
  if (whole?.[1] !== undefined) return evaluate(whole[1], place, context, includes)
  return compileTemplate(value, place, includes)(context)
}
