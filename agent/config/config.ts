import * as v from 'valibot'
import { maskLogins } from '../diagnostics/mask-fields.ts'
import { branchFault, repoFault, tagFault } from '../source/source-config.ts'
import { trustKeys } from '../source/trust-config.ts'
import type { TrustConfig } from '../source/trust-config.ts'
import { CommitError, formatPlace, UsageError } from '../system/errors.ts'
import type { System } from '../system/system.ts'
import { nearest } from '../yaml/nearest.ts'
import { readYaml } from '../yaml/yaml.ts'
import { notifyExpected, notifySchema } from './notify-config.ts'
import type { NotifyConfig } from './notify-config.ts'

/** What `/etc/evenkeel/agent.yml` says: all that a node must know to find out the rest. */
export interface AgentConfig {
  /** Address of the config repo. */
  readonly repo: string
  /** Default: main. */
  readonly branch: string
  /** Tags that are followed instead of a branch, such as `v*`: always the highest version. Default: none. */
  readonly tag: string | null
  /** Whose signatures a commit needs. Default: none, and nothing is checked. */
  readonly verify: TrustConfig | null
  /** This node's name in the inventory; undefined leaves it to fqdn and hostname. */
  readonly node?: string | undefined
  /**
   * `own`: this node configures keepalived only if it has an address that the inventory gives its host. `any`: its
   * addresses are translated on the way to its peers. Default: own.
   */
  readonly address: 'own' | 'any'
  /** Seconds that one Git command may take. Default: 60. */
  readonly timeout: number
  /** When the daemon converges: cron, five fields or six with seconds, in UTC. Default: each minute. */
  readonly schedule: string
  /** Seconds over which the nodes that share a schedule are spread. Default: 60. */
  readonly splay: number
  /** What becomes of drift from the commit in force: see {@link DriftPolicy}. Default: repair. */
  readonly onDrift: DriftPolicy
  /** How the daemon watches haproxy. Default: normal. */
  readonly watch: WatchMode
  /** What becomes of the VIPs while haproxy serves on no node. Default: keep. */
  readonly bothDown: BothDown
  /** Who is told what went wrong. Default: nobody. */
  readonly notify: NotifyConfig | null
}

/** `report`: drift is logged and shown, and nothing is repaired; new commits are still applied. */
export type DriftPolicy = 'repair' | 'report'

/**
 * `aggressive`: a haproxy that hangs is found within 1 s instead of 2.5 s, at four times the questions. `off`:
 * it is looked at, and nothing is done.
 */
export type WatchMode = 'normal' | 'aggressive' | 'off'

/** `keep`: a VIP stays where it is, since nobody could do better; `release`: it is on no node. */
export type BothDown = 'keep' | 'release'

/** Longer than an hour is no timeout any more, and no splay. */
const longestTimeout = 3600
/** Five fields, or six with seconds in front; the daemon looks closer (agent/loop/cron.ts). */
const cronFields = /^\s*\S+(\s+\S+){4,5}\s*$/

const text = v.pipe(v.string(), v.nonEmpty())
const path = v.optional(v.pipe(text, v.regex(/^\//, 'must be an absolute path')), undefined)
const verify = v.pipe(
  v.strictObject({ allowed_signers: path, revoked_keys: path, gpg_keys: path }),
  v.check(
    (keys) => keys.allowed_signers !== undefined || keys.gpg_keys !== undefined,
    'names no keys: add allowed_signers or gpg_keys, or leave verify out to trust whatever the repo holds',
  ),
  v.check(
    (keys) => keys.revoked_keys === undefined || keys.allowed_signers !== undefined,
    'revoked_keys goes with allowed_signers: revoke a GPG key by taking it out of gpg_keys',
  ),
  v.transform((keys): TrustConfig => ({
    allowedSigners: keys.allowed_signers ?? null,
    revokedKeys: keys.revoked_keys ?? null,
    gpgKeys: keys.gpg_keys ?? null,
  })),
)
const scheduleFault = `is no schedule: write cron's five fields, such as "*/5 * * * *", or six with seconds in front`
const schema = v.object({
  repo: v.pipe(text, accept(repoFault)),
  branch: v.optional(v.pipe(text, accept(branchFault)), 'main'),
  tag: v.optional(v.pipe(text, accept(tagFault)), undefined),
  verify: v.optional(verify, undefined),
  node: v.optional(
    v.pipe(
      text,
      v.regex(/^[\w.-]+$/, 'is no name of a host: letters, digits, dots, dashes and underscores'),
    ),
  ),
  address: v.optional(v.picklist(['own', 'any']), 'own'),
  timeout: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(longestTimeout)),
    60,
  ),
  schedule: v.optional(v.pipe(text, v.regex(cronFields, scheduleFault)), '* * * * *'),
  splay: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(longestTimeout)), 60),
  on_drift: v.optional(v.picklist(['repair', 'report']), 'repair'),
  // YAML reads the word off as false
  watch: v.optional(
    v.union([
      v.picklist(['normal', 'aggressive', 'off']),
      v.pipe(
        v.literal(false),
        v.transform((): WatchMode => 'off'),
      ),
    ]),
    'normal',
  ),
  both_down: v.optional(v.picklist(['keep', 'release']), 'keep'),
  notify: v.optional(notifySchema, undefined),
})

const example = 'repo: git@git.example.com:ops/load-balancers.git'
const known = Object.keys(schema.entries)

/** What a key holds, for whoever wrote something else there. */
const expected: Readonly<Record<string, string>> = {
  repo: `the address of the config repo, such as "${example}"`,
  branch: 'the name of a branch (in quotes if it looks like a number)',
  tag: 'the name of a tag, or a pattern such as "v*"',
  verify: `keys such as "${trustKeys.allowedSigners}: /etc/evenkeel/allowed_signers"`,
  'verify.allowed_signers': 'the path of a file of allowed signers (ssh-keygen(1))',
  'verify.revoked_keys': 'the path of a file of SSH keys that count no more',
  'verify.gpg_keys': 'the path of a file that "gpg --export" has written',
  node: 'the name of this node in the inventory (in quotes if it looks like a number)',
  address: 'own or any',
  timeout: `a number of seconds from 1 to ${longestTimeout}`,
  schedule: 'five or six fields as in cron, in quotes',
  splay: `a number of seconds from 0 to ${longestTimeout}`,
  on_drift: 'repair or report',
  watch: 'normal, aggressive or off',
  both_down: 'keep or release',
  ...notifyExpected,
}

/**
 * Reads agent.yml.
 * @throws UsageError that names line and key of all that is wrong, and says what to write
 */
export async function loadConfig(
  file: string,
  system: Pick<System, 'readFile'>,
): Promise<AgentConfig> {
  const content = await system.readFile(file)
  if (content === null) {
    throw new UsageError(`there is no ${file}: create it with a line such as "${example}"`)
  }
  return parseConfig(Buffer.from(content).toString(), file)
}

/** @param file the name that messages show */
export function parseConfig(content: string, file: string): AgentConfig {
  const yaml = read(content, file)
  const { value } = yaml
  if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
    throw new UsageError(`${file}: must hold keys and values, such as "${example}"`)
  }
  const faults = Object.keys(value ?? {})
    .filter((key) => !known.includes(key))
    .map((key) => `${formatPlace(yaml.place([key]))}: unknown key${nearest(key, known)}`)
  const parsed = v.safeParse(schema, value ?? {}, { abortPipeEarly: true })
  for (const issue of parsed.issues ?? []) {
    const key = v.getDotPath(issue) ?? ''
    faults.push(
      issue.input === undefined
        ? `${file}: ${key} is missing: add a line such as "${example}"`
        : `${formatPlace(yaml.place(key.split('.')))}: ${explain(issue, key)}`,
    )
  }
  const isBoth = ['branch', 'tag'].every((key) => Object.hasOwn(value ?? {}, key))
  if (isBoth) faults.push(`${formatPlace(yaml.place(['tag']))}: excludes branch: keep one of them`)
  if (!parsed.success || faults.length > 0) throw new UsageError([...new Set(faults)].join('\n'))
  const {
    tag = null,
    verify = null,
    on_drift: onDrift,
    both_down: bothDown,
    notify = null,
    ...rest
  } = parsed.output
  return { ...rest, tag, verify, onDrift, bothDown, notify }
}

function read(content: string, file: string): ReturnType<typeof readYaml> {
  try {
    return readYaml(content, file)
  } catch (error) {
    // Here it is this node's own file that is wrong, not a commit.
    if (error instanceof CommitError) throw new UsageError(error.message)
    throw error
  }
}

function explain(issue: v.BaseIssue<unknown>, key: string): string {
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const [, parent = '', last = ''] = /^(.*\.)(.*)$/.exec(key) ?? []
    const siblings = Object.keys(expected).filter((one) => one.startsWith(parent))
    return `unknown key${nearest(
      last,
      siblings.map((one) => one.slice(parent.length)),
    )}`
  }
  if (['raw_check', 'check', 'regex'].includes(issue.type)) return issue.message
  // A webhook's address is its password
  const got = ['notify', 'notify.url'].includes(key)
    ? typeName(issue.input)
    : JSON.stringify(issue.input)
  return `expected ${expected[key]}, got ${maskLogins(got)}`
}

function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'a map' : `a ${typeof value}`
}

/** A check that says itself what is wrong. */
function accept(faultOf: (value: string) => string | null): v.RawCheckAction<string> {
  return v.rawCheck(({ dataset, addIssue }) => {
    const fault = dataset.typed ? faultOf(dataset.value) : null
    if (fault !== null) addIssue({ message: fault })
  })
}
