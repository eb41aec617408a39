import * as v from 'valibot'
import { commitError } from '../../system/errors.ts'
import type { Place } from '../../system/errors.ts'
import type { Fingerprint } from '../effects.ts'
import { path } from '../parameter.ts'
import { parseParameters, placeOf } from '../schema.ts'
import { listener } from './listening.ts'
import type { Listener } from './listening.ts'

/** A systemd unit as a task or a handler wants it. */
export interface ServiceSpec {
  /** With its suffix: `haproxy.service`. */
  readonly unit: string
  /** null leaves it as it is. `restarted` and `reloaded` act each time, so only handlers have them. */
  readonly state: 'started' | 'stopped' | 'restarted' | 'reloaded' | null
  /** Started at boot. null leaves it as it is. */
  readonly enabled: boolean | null
  /** Files and folders that the process reads when it starts or reloads. */
  readonly config: readonly string[]
  /** What makes the process read `config` again. */
  readonly configAppliesOn: 'reload' | 'restart'
  /** How to prove which configuration the process runs. */
  readonly fingerprint: Fingerprint | null
  /** Sockets that it must have open while it runs. */
  readonly listens: readonly Listener[]
  /** Executable that no process outside the unit may serve with. */
  readonly exclusive: string | null
}

const suffix = /\.(service|socket|timer|path|target|mount)$/

const parameters = v.strictObject({
  name: v.pipe(
    v.string(),
    v.regex(/^[A-Za-z0-9:_.@\\-]+$/, 'expected the name of a unit, such as haproxy'),
    v.transform((name) => (suffix.test(name) ? name : `${name}.service`)),
  ),
  state: v.optional(v.picklist(['started', 'stopped', 'restarted', 'reloaded'])),
  enabled: v.optional(v.boolean()),
  config: v.optional(v.array(path), []),
  config_applies_on: v.optional(v.picklist(['reload', 'restart']), 'reload'),
  fingerprint: v.optional(v.strictObject({ file: path, socket: path })),
  listens: v.optional(v.array(listener), []),
  exclusive: v.optional(path),
})

/** @throws CommitError */
export function parseService(raw: Readonly<Record<string, unknown>>, place: Place): ServiceSpec {
  const given = parseParameters(parameters, raw, place)
  if (given.state === undefined && given.enabled === undefined) {
    throw commitError(placeOf(place, 'state'), 'missing; give state, enabled, or both')
  }
  return {
    unit: given.name,
    state: given.state ?? null,
    enabled: given.enabled ?? null,
    config: given.config,
    configAppliesOn: given.config_applies_on,
    fingerprint: given.fingerprint ?? null,
    listens: given.listens,
    exclusive: given.exclusive ?? null,
  }
}
