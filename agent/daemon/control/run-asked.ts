import * as v from 'valibot'
import type { Request } from '../../converge/run.ts'
import type { Variable } from '../../inventory/inventory.ts'
import { causeSchema } from '../../report/report.ts'
import type { Parsed } from '../../system/parsed.ts'
import { readYaml } from '../../yaml/yaml.ts'

const words = v.array(v.string())

/** The schema of {@link RunAsked}. */
export const runAskedSchema = v.strictObject({
  mode: v.picklist(['converge', 'plan']),
  cause: causeSchema,
  folder: v.nullable(v.string()),
  tags: words,
  skipTags: words,
  /** Values as they were written. */
  extraVars: v.array(v.tuple([v.string(), v.string()])),
  rollBackTo: v.nullable(
    v.strictObject({ commit: v.string(), at: v.string(), subject: v.string() }),
  ),
})

/** A run as a command line asks for it: plain data, so that it can be asked of the daemon too. */
export interface RunAsked extends Parsed<typeof runAskedSchema> {}

/**
 * Values of `-e` are read as YAML, so that `-e haproxy_nofile=4096` is a number.
 * @throws CommitError when a value is no YAML
 */
export function toRequest(asked: RunAsked): Request {
  const { mode, cause, folder, tags, skipTags, extraVars, rollBackTo } = asked
  return {
    mode,
    cause,
    folder,
    choice: { tags: new Set(tags), skipTags: new Set(skipTags) },
    extraVars: new Map(
      extraVars.map(([name, text]): [string, Variable] => {
        const place = { file: '--extra-vars', key: name }
        return [name, { value: readYaml(text, `--extra-vars ${name}`).value, place: () => place }]
      }),
    ),
    rollBackTo,
  }
}
