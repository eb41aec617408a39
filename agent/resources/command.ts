import * as v from 'valibot'
import { LocalError, TimeoutError } from '../system/errors.ts'
import { allTraffic, noEffects } from './effects.ts'
import type { Kind } from './kind.ts'
import { lastLines } from './last-lines.ts'
import { path } from './parameter.ts'
import { parseParameters } from './schema.ts'

/** A program to run, unless what it makes is there already. */
export interface CommandSpec {
  readonly argv: readonly string[]
  /** Not run when this path exists. */
  readonly creates: string | null
  /** Not run when this path is absent. */
  readonly removes: string | null
}

export interface CommandState {
  /** False when `creates` or `removes` shows that it has run. */
  readonly isDue: boolean
}

const parameters = v.strictObject({
  argv: v.pipe(
    v.array(v.pipe(v.union([v.string(), v.number()]), v.transform(String))),
    v.minLength(1, 'expected a program and its arguments'),
  ),
  creates: v.optional(path),
  removes: v.optional(path),
})

/** 5 minutes: longer than any program of a handler needs, shorter than a person waits. */
const timeout = 300_000

/**
 * Runs a program without a shell. With neither `creates` nor `removes` it is due each time, so that
 * only handlers may be written like that. What a program did cannot be taken back: a rollback leaves it.
 */
export const command: Kind<CommandSpec, CommandState> = {
  name: 'command',

  parse(raw, place) {
    const { argv, creates, removes } = parseParameters(parameters, raw, place)
    return { argv, creates: creates ?? null, removes: removes ?? null }
  },

  handlerOnly: (spec) =>
    spec.creates === null && spec.removes === null
      ? 'would run each time, so the node would never be in sync; add creates or removes, or make it a handler'
      : null,

  id: (spec) => `command ${spec.argv.join(' ')}`,

  /** Nobody knows what a program does. */
  effects: ({ creates }) => ({
    ...noEffects,
    made: creates === null ? [] : [creates],
    traffic: allTraffic,
  }),

  async observe({ creates, removes }, system) {
    const made = creates !== null && (await system.stat(creates)) !== null
    const gone = removes !== null && (await system.stat(removes)) === null
    return { isDue: !made && !gone }
  },

  diff: (spec, state) =>
    state.isDue ? [{ field: 'run', before: null, after: spec.argv.join(' ') }] : [],

  async apply(spec, _changes, _state, system) {
    const result = await system.run(spec.argv, { timeout })
    if (result.code === 0) return
    const how = result.timedOut
      ? 'took more than 5 minutes'
      : result.signal === null
        ? `ended with exit code ${result.code}`
        : `was killed by ${result.signal}`
    const said = lastLines(result.stderr, 5) || lastLines(result.stdout, 5)
    const message = `${spec.argv.join(' ')} ${how}${said === '' ? '' : `: ${said}`}`
    throw result.timedOut ? new TimeoutError(message) : new LocalError(message)
  },
}
