import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { resolve } from 'node:path'
import { readExtraVars } from '../converge/request.ts'
import type { Request } from '../converge/request.ts'
import { UsageError } from '../system/errors.ts'

/** Flags that `plan` and `converge` share, in Ansible's words. */
export interface RunFlags {
  readonly inventory?: string
  readonly diff?: boolean
  readonly tags?: readonly string[]
  readonly skipTags?: readonly string[]
  readonly extraVars?: readonly (readonly [string, string])[]
  readonly json?: boolean
  readonly verbose?: boolean
}

export function addRunFlags(command: Command): Command {
  return command
    .option('-i, --inventory <dir>', 'use this folder (a config repo or its inventory), not Git')
    .option('-D, --diff', 'show what changes inside files and firewall chains')
    .option('-t, --tags <tags>', 'only tasks with one of these tags or role names', words)
    .option('--skip-tags <tags>', 'no tasks with one of these tags or role names', words)
    .option('-e, --extra-vars <name=value>', 'a variable above all others (repeatable)', pair)
    .option('--json', 'print one JSON object on stdout and nothing else there')
    .option('-v, --verbose', 'show tasks that are in sync, too')
}

function words(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...value.split(',').map((word) => word.trim())]
}

function pair(
  value: string,
  before: readonly (readonly [string, string])[] = [],
): readonly (readonly [string, string])[] {
  const [, name, text] = /^(\w+)=(.*)$/s.exec(value) ?? []
  if (name === undefined || text === undefined) {
    throw new InvalidArgumentError('Expected name=value.')
  }
  return [...before, [name, text]]
}

/**
 * The run that flags ask for; the folder of `-i` is made absolute.
 * @throws CommitError when a value of `-e` is not YAML
 */
export function makeRequest(
  mode: Request['mode'],
  flags: RunFlags,
  more: Partial<Pick<Request, 'cause' | 'rollBackTo'>> = {},
): Request {
  const request: Request = {
    mode,
    cause: more.cause ?? 'person',
    folder: flags.inventory === undefined ? null : resolve(flags.inventory),
    tags: flags.tags ?? [],
    skipTags: flags.skipTags ?? [],
    extraVars: flags.extraVars ?? [],
    rollBackTo: more.rollBackTo ?? null,
  }
  readExtraVars(request)
  return request
}

/** @throws UsageError: without root, half of what a plan reads is not readable */
export function requireRoot(): void {
  if (process.getuid?.() !== 0) throw new UsageError('must run as root (sudo evenkeel …)')
}
