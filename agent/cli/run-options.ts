import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { resolve } from 'node:path'
import { UsageError } from '../errors.ts'
import type { Variable, Vars } from '../inventory/inventory.ts'
import type { TagChoice } from '../plan/plan.ts'
import { readYaml } from '../yaml.ts'

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

export function tagChoice(flags: RunFlags): TagChoice {
  return { tags: new Set(flags.tags), skipTags: new Set(flags.skipTags) }
}

/** Values are read as YAML, so that `-e haproxy_nofile=4096` is a number. */
export function extraVars(flags: RunFlags): Vars {
  return new Map(
    (flags.extraVars ?? []).map(([name, text]): [string, Variable] => {
      const place = { file: '--extra-vars', key: name }
      return [name, { value: readYaml(text, `--extra-vars ${name}`).value, place: () => place }]
    }),
  )
}

/** The folder of `-i`, made absolute; null for the remote of agent.yml. */
export function folderOf(flags: RunFlags): string | null {
  return flags.inventory === undefined ? null : resolve(flags.inventory)
}

/** @throws UsageError: without root, half of what a plan reads is not readable */
export function requireRoot(): void {
  if (process.getuid?.() !== 0) throw new UsageError('must run as root (sudo evenkeel …)')
}
