import { createMask, maskContent } from '../diagnostics/mask.ts'
import { hidden } from '../diagnostics/mask-fields.ts'
import type { Vars } from '../inventory/inventory.ts'
import type { Option } from './argument-spec.ts'

type Options = Readonly<Record<string, Option>>

/** Names of what is secret whether a role says so or not: `stats_password`, `api_key`, `ansible_ssh_pass`. */
const secretName =
  /(?:^|[_-])(?:pass|password|passwd|passphrase|secrets?|tokens?|credentials?)(?:$|[_-])|(?:private|peer|api|auth|secret|access|deploy)[_-]?keys?$/i

/** What is found while fields are hidden. */
interface Found {
  /** Values that were hidden. */
  readonly secrets: string[]
  /** Names of variables that a secret is taken from. */
  readonly sources: Set<string>
}

/**
 * The variables of a host as they may be shown. Hidden is what an option with `no_log` takes, what is named as a
 * secret is, the content of a map with `secret: true`, and each of these wherever else it stands. A template such
 * as `{{stats_password}}` stays, since it says where the secret comes from; there it is hidden.
 * @param options of the roles of the host
 */
export function maskVars(vars: Vars, options: Options): Vars {
  const found: Found = { secrets: [], sources: new Set() }
  const hide = (): Vars =>
    new Map(
      [...vars].map(([name, variable]) => {
        const isSource = found.sources.has(name)
        const value = hideFields(variable.value, name, options[name], isSource, found)
        return [name, { ...variable, value }]
      }),
    )
  let shown = hide()
  // A source may be taken from another one, and may stand before what takes it
  for (let known = -1; known < found.sources.size;) {
    known = found.sources.size
    shown = hide()
  }
  const mask = createMask(found.secrets)
  const show = (text: string): string => maskContent(text, mask)
  return new Map(
    [...shown].map(([name, one]) => [name, { ...one, value: mapTexts(one.value, show) }]),
  )
}

function hideFields(
  value: unknown,
  name: string,
  option: Option | undefined,
  isBelow: boolean,
  found: Found,
): unknown {
  const isSecret = isBelow || option?.no_log === true || secretName.test(name)
  if (Array.isArray(value)) {
    return value.map((item) => hideFields(item, '', option, isSecret, found))
  }
  if (typeof value === 'object' && value !== null) {
    const map = value as Readonly<Record<string, unknown>>
    return Object.fromEntries(
      Object.entries(map).map(([key, inner]) => {
        const isContent = key === 'content' && map['secret'] === true
        return [key, hideFields(inner, key, option?.options?.[key], isSecret || isContent, found)]
      }),
    )
  }
  if (!isSecret || (typeof value !== 'string' && typeof value !== 'number')) return value
  const [, source] = /^\s*\{\{\s*([\w.]+)\s*\}\}\s*$/.exec(String(value)) ?? []
  if (source !== undefined) {
    found.sources.add(source.split('.')[0] ?? source)
    return value
  }
  found.secrets.push(String(value))
  return hidden
}

function mapTexts(value: unknown, show: (text: string) => string): unknown {
  if (typeof value === 'string') return show(value)
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, show))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, mapTexts(inner, show)]),
  )
}
