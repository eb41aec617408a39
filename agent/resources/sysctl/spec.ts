import * as v from 'valibot'
import { CommitError, commitError } from '../../system/errors.ts'
import type { Place, Problem } from '../../system/errors.ts'
import { parseParameters, placeOf } from '../schema.ts'
import { findKeyFault, normaliseValue, toKeyPath } from './key.ts'

/** Kernel settings that one task asks for, all kept in one file. */
export interface SysctlSpec {
  /** Value by path below /proc/sys, in the order of the task. */
  readonly settings: ReadonlyMap<string, string>
  /** Where the task wrote each of them, by path: `['settings', 'net.core.somaxconn']`. */
  readonly keys: ReadonlyMap<string, readonly string[]>
  readonly file: string
  readonly ignoreMissing: boolean
}

const value = v.pipe(
  v.union([v.string(), v.number(), v.boolean()]),
  v.check((given) => !/[\n\0]/.test(String(given)), 'expected a value on one line'),
  v.transform((given) => normaliseValue(typeof given === 'boolean' ? String(+given) : `${given}`)),
)

const parameters = v.strictObject({
  name: v.optional(v.string()),
  value: v.optional(value),
  settings: v.optional(v.record(v.string(), value)),
  sysctl_file: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^\/etc\/sysctl\.d\/[^/.\s][^/\s]*\.conf$/,
        'expected a file such as /etc/sysctl.d/zz-evenkeel.conf; ' +
          'others are not read at boot, or only on some releases (/etc/sysctl.conf)',
      ),
    ),
    '/etc/sysctl.d/zz-evenkeel.conf',
  ),
  ignore_missing: v.optional(v.boolean(), false),
})

/**
 * `name` and `value`, or `settings`. Other than in Ansible the file is one of our own, named so that it
 * sorts behind Debian's 99-sysctl.conf: the last file wins at boot.
 * @throws CommitError
 */
export function parseSysctl(raw: Readonly<Record<string, unknown>>, place: Place): SysctlSpec {
  const given = parseParameters(parameters, raw, place)
  const { name, value, settings } = given
  if ((name === undefined) === (settings === undefined)) {
    throw commitError(place, 'give either name and value, or settings')
  }
  if (name !== undefined && value === undefined) throw commitError(place, 'missing value')
  if (settings !== undefined && value !== undefined) {
    throw commitError(placeOf(place, 'value'), 'belongs to name; settings hold their own values')
  }
  const written = Object.entries(settings ?? { [name ?? '']: value ?? '' })
  const keys = new Map<string, readonly string[]>()
  const problems: Problem[] = []
  for (const [key] of written) {
    const where = settings === undefined ? ['name'] : ['settings', key]
    const fault = keys.has(toKeyPath(key)) ? 'given twice' : findKeyFault(key)
    if (fault !== null) problems.push({ place: placeOf(place, ...where), message: fault })
    keys.set(toKeyPath(key), where)
  }
  if (problems.length > 0) throw new CommitError(problems)
  return {
    settings: new Map(written.map(([key, text]) => [toKeyPath(key), text])),
    keys,
    file: given.sysctl_file,
    ignoreMissing: given.ignore_missing,
  }
}
