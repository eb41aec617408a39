import * as v from 'valibot'
import { commitError } from '../../system/errors.ts'
import type { Place } from '../../system/errors.ts'
import type { Attributes } from '../../system/system.ts'
import { mode, ownerName, path } from '../parameter.ts'
import { parseParameters, placeOf } from '../schema.ts'

/** A path that is there in a certain way, or not there. */
export interface FileSpec extends Attributes {
  readonly path: string
  readonly state: 'file' | 'directory' | 'absent' | 'link'
  /** Target of the link, as it is written into it. */
  readonly src: string | null
  /** Lets `absent` remove a folder with all that is in it, and `link` replace a file. */
  readonly force: boolean
}

const parameters = v.strictObject({
  path,
  state: v.optional(v.picklist(['file', 'directory', 'absent', 'link']), 'file'),
  src: v.optional(v.pipe(v.string(), v.nonEmpty('expected the target of the link'))),
  owner: v.optional(ownerName),
  group: v.optional(ownerName),
  mode: v.optional(mode),
  force: v.optional(v.boolean(), false),
})

/** @throws CommitError also for parameters that do not go together */
export function parseFile(raw: Readonly<Record<string, unknown>>, place: Place): FileSpec {
  const { src, ...spec } = parseParameters(parameters, raw, place)
  if (spec.state === 'link' && src === undefined) {
    throw commitError(placeOf(place, 'src'), 'missing; a link needs its target')
  }
  if (spec.state !== 'link' && src !== undefined) {
    throw commitError(placeOf(place, 'src'), 'only a link has src; add "state: link", or use copy')
  }
  if (spec.state === 'link' || spec.state === 'absent') {
    const meaningless = (['mode', 'owner', 'group'] as const).find((key) => key in spec)
    if (meaningless !== undefined) {
      throw commitError(placeOf(place, meaningless), `means nothing with "state: ${spec.state}"`)
    }
  }
  const isTopFolder = spec.path.lastIndexOf('/') === 0
  if (spec.state === 'absent' && spec.force && isTopFolder) {
    throw commitError(placeOf(place, 'path'), `${spec.path} is never removed with all it holds`)
  }
  return { ...spec, src: src ?? null }
}
