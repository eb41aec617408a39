import * as v from 'valibot'
import {
  crontabName,
  findCommandFault,
  findScheduleFault,
  findVariableFault,
  formatCrontab,
} from '../programs/cron/crontab.ts'
import { CommitError, commitError, LocalError } from '../system/errors.ts'
import type { Place } from '../system/errors.ts'
import { noEffects } from './effects.ts'
import { contentChange } from './file/content.ts'
import { copy } from './file/copy.ts'
import type { CopySpec } from './file/copy.ts'
import type { PathState } from './file/path-state.ts'
import type { Kind } from './kind.ts'
import { ownerName } from './parameter.ts'
import { parseParameters, placeOf } from './schema.ts'

/** A job of cron, in a file of its own. */
export interface CronSpec {
  readonly state: 'present' | 'absent'
  readonly user: string
  /** As it is to be; without content where it is to be absent. */
  readonly file: CopySpec
}

export interface CronState extends PathState {
  /** Whether something on this node reads /etc/cron.d. */
  readonly hasCron: boolean
}

const parameters = v.strictObject({
  name: v.pipe(
    v.string(),
    v.regex(
      crontabName,
      'expected letters, digits, _ and -: cron passes over files with other names',
    ),
  ),
  schedule: v.optional(v.pipe(v.string(), v.trim())),
  user: v.optional(ownerName, 'root'),
  command: v.optional(v.pipe(v.string(), v.trim())),
  env: v.optional(
    v.record(v.string(), v.pipe(v.union([v.string(), v.number()]), v.transform(String))),
    {},
  ),
  state: v.optional(v.picklist(['present', 'absent']), 'present'),
})

type Given = v.InferOutput<typeof parameters>

/** Debian's cron, Red Hat's, and systemd-cron. */
const programs = [
  '/usr/sbin/cron',
  '/usr/sbin/crond',
  '/usr/lib/systemd/system-generators/systemd-crontab-generator',
]

/**
 * A job of cron as a file in /etc/cron.d, which cron reads again whenever it changes. A fault in it would be
 * seen by cron's log alone, so all is checked before.
 */
export const cron: Kind<CronSpec, CronState> = {
  name: 'cron',

  parse(raw, place) {
    const given = parseParameters(parameters, raw, place)
    const { state, user, name } = given
    const content = state === 'present' ? toCrontab(given, place) : ''
    return { state, user, file: copy.parse({ dest: `/etc/cron.d/${name}`, content }, place) }
  },

  id: ({ file }) => `cron ${file.dest}`,

  effects({ state, file }) {
    if (state === 'present') return copy.effects(file)
    const { dest: path, mode } = file
    return { ...noEffects, files: [{ path, becomes: 'absent', content: null, mode }] }
  },

  async observe({ file }, system) {
    const found = await Promise.all(programs.map((path) => system.stat(path)))
    const hasCron = found.some((stat) => stat !== null)
    return { ...(await copy.observe(file, system)), hasCron }
  },

  diff({ state, file }, found) {
    if (state === 'present') return copy.diff(file, found)
    const { stat, content } = found
    if (stat === null) return []
    const gone = { field: 'state', before: stat.type, after: null }
    return content === null ? [gone] : [gone, contentChange(content, null)]
  },

  notes: ({ state }, { hasCron }) =>
    state === 'present' && !hasCron
      ? ['no cron is installed on this node, so nothing runs it; add a task with package: cron']
      : [],

  found: (_spec, { stat }) => stat,

  writes({ state, file }, found) {
    if (state === 'present') return copy.writes(file, found)
    const { dest: path, mode, owner, group } = file
    return found.stat === null ? [] : [{ path, content: null, mode, owner, group }]
  },

  async apply({ state, user, file }, changes, found, system) {
    if (state === 'absent') return system.remove(file.dest)
    // Not before: a task above may have made the user
    if ((await system.run(['getent', 'passwd', user])).code !== 0) {
      throw new LocalError(`this node has no user ${user}, and cron would ignore ${file.dest}`)
    }
    await copy.apply(file, changes, found, system)
  },

  // The file is one like another: it stays ours when its task changes to a copy, or back
  ownership: {
    ...copy.ownership,
    owned: ({ state, file }, found) =>
      state === 'present' ? copy.ownership.owned(file, found) : [],
    claims: ({ state, file }) => (state === 'present' ? copy.ownership.claims(file) : []),
  },

  rollback: { touches: ({ file }) => [file.dest] },
}

/** @throws CommitError */
function toCrontab({ schedule, user, command, env }: Given, place: Place): string {
  if (schedule === undefined)
    throw commitError(placeOf(place, 'schedule'), 'missing; it has no default')
  if (command === undefined)
    throw commitError(placeOf(place, 'command'), 'missing; it has no default')
  const faults = [
    { key: ['schedule'], message: findScheduleFault(schedule) },
    { key: ['command'], message: findCommandFault(command) },
    ...Object.entries(env).map(([name, value]) => ({
      key: ['env', name],
      message: findVariableFault(name, value),
    })),
  ]
  const problems = faults.flatMap(({ key, message }) =>
    message === null ? [] : [{ place: placeOf(place, ...key), message }],
  )
  if (problems.length > 0) throw new CommitError(problems)
  return formatCrontab({ schedule, user, command, env })
}
