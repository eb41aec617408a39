import * as v from 'valibot'
import type { AgentConfig } from '../config/config.ts'
import type { Variable, Vars } from '../inventory/inventory.ts'
import { isWholeRun } from '../plan/plan.ts'
import type { TagChoice } from '../plan/plan.ts'
import { causeSchema } from '../report/report.ts'
import type { Cause } from '../report/report.ts'
import type { Parsed } from '../system/parsed.ts'
import { readYaml } from '../yaml/yaml.ts'

/** What a client may ask for. */
export const requestSchema = v.strictObject({
  mode: v.picklist(['converge', 'plan']),
  cause: causeSchema,
  /** A folder instead of the remote (`-i`): never counts as an applied commit. */
  folder: v.nullable(v.string()),
  tags: v.array(v.string()),
  skipTags: v.array(v.string()),
  /** Names of variables and their values, as they were written. */
  extraVars: v.array(v.tuple([v.string(), v.string()])),
  /** A good release to go back to, instead of asking the remote. */
  rollBackTo: v.nullable(
    v.strictObject({ commit: v.string(), at: v.string(), subject: v.string() }),
  ),
})

/**
 * What an operator or the schedule asks of one run. Plain data: from the command line it goes through the
 * daemon's socket, and from there to the process in which runs happen.
 */
export interface Request extends Parsed<typeof requestSchema> {
  /** What agent.yml said when it was right last: one that is wrong now must not keep drift from being repaired. */
  readonly lastConfig?: AgentConfig
}

/** A run of everything. */
export function wholeRun(mode: Request['mode'], cause: Cause): Request {
  return { mode, cause, folder: null, tags: [], skipTags: [], extraVars: [], rollBackTo: null }
}

/** The tasks that take part in a run. */
export function choiceOf({ tags, skipTags }: Pick<Request, 'tags' | 'skipTags'>): TagChoice {
  return { tags: new Set(tags), skipTags: new Set(skipTags) }
}

/**
 * The variables of `-e`. Their values are read as YAML, so that `-e haproxy_nofile=4096` is a number.
 * @throws CommitError when a value is not YAML
 */
export function readExtraVars({ extraVars }: Pick<Request, 'extraVars'>): Vars {
  return new Map(
    extraVars.map(([name, text]): [string, Variable] => {
      const place = { file: '--extra-vars', key: name }
      return [name, { value: readYaml(text, `--extra-vars ${name}`).value, place: () => place }]
    }),
  )
}

/** Whether a run concerns all of a commit, as it is in the repo. */
export function isWhole(request: Request): boolean {
  return request.folder === null && isWholeRun(choiceOf(request)) && request.extraVars.length === 0
}

/** A run over a folder, a part of the tasks or with other variables says nothing about the commit. */
export function isCounted(request: Request): boolean {
  return request.mode === 'converge' && isWhole(request)
}
