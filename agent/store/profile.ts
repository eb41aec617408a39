import { join } from 'node:path'
import * as v from 'valibot'
import { healthScope } from '../health/health-scope.ts'
import type { HealthScope } from '../health/health-scope.ts'
import type { Desired } from '../roles/resource.ts'
import type { Remote } from '../source/remote-address.ts'
import { parseJson } from '../system/parse-json.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'

/**
 * What a run has found out about this node and its place in the pair, for what runs beside the runs: the
 * watch, the evidence, the eye on the files. Kept on the disk, so that all of them work from the first
 * second after a boot.
 */
export interface Profile {
  /** Name in the inventory. */
  readonly self: string
  readonly scope: HealthScope
  /** Paths of all files, links and folders that are managed here, and of those that a service reads. */
  readonly files: readonly string[]
  /** Names of the firewall's chains that are managed here, and of those that lead to them. */
  readonly chains: readonly string[]
  /** How agents prove to each other where they stand; null: the inventory gives them no key. */
  readonly evidence: EvidenceAccess | null
}

/** Where agents ask each other, and the secret that proves who they are. */
export interface EvidenceAccess {
  readonly port: number
  /** `evenkeel_peer_key` of the inventory. Never shown. */
  readonly key: string
  /** Address of this node to serve at: the one that its peers know (`ansible_host`). */
  readonly address: string
}

/**
 * What the desired state says about the node that it is for.
 * @param remote where the config repo comes from; null for a folder
 */
export function makeProfile(desired: Desired, remote: Remote | null): Profile {
  const files = desired.resources.flatMap(({ effects }) => [
    ...effects.files.map(({ path }) => path),
    ...(effects.unit?.reads ?? []),
  ])
  const chains = desired.resources.flatMap(({ effects }) =>
    effects.chains.flatMap(({ chain, parent }) => [chain, parent]),
  )
  return {
    self: desired.host,
    scope: healthScope(desired, remote),
    files: [...new Set(files)].sort(),
    chains: [...new Set(chains)].sort(),
    evidence: evidenceAccess(desired),
  }
}

/** A node that its inventory gives no address is found by its name. */
function evidenceAccess({ host, vars }: Desired): EvidenceAccess | null {
  const { evenkeel_peer_key: key, evenkeel_port: port, ansible_host: address } = vars
  if (typeof key !== 'string' || typeof port !== 'number') return null
  return { port, key, address: typeof address === 'string' ? address : host }
}

const haproxy = v.strictObject({ unit: v.string(), file: v.string(), socket: v.string() })
const keepalived = v.strictObject({ unit: v.string(), file: v.string() })
const remote = v.strictObject({ host: v.string(), port: v.number(), protocol: v.string() })
const peer = v.strictObject({ name: v.string(), address: v.string(), port: v.number() })
const schema = v.strictObject({
  self: v.string(),
  scope: v.strictObject({
    haproxy: v.nullable(haproxy),
    keepalived: v.nullable(keepalived),
    remote: v.nullable(remote),
    peers: v.array(peer),
  }),
  files: v.array(v.string()),
  chains: v.optional(v.array(v.string()), []),
  evidence: v.nullable(v.strictObject({ port: v.number(), key: v.string(), address: v.string() })),
})

type Folder = Pick<Paths, 'state'>

const profileFile = ({ state }: Folder): string => join(state, 'profile.json')

/** null: no run has come that far, or the file is damaged; then the next run writes it anew. */
export async function loadProfile(
  paths: Folder,
  system: Pick<System, 'readFile'>,
): Promise<Profile | null> {
  const content = await system.readFile(profileFile(paths))
  if (content === null) return null
  const parsed = v.safeParse(schema, parseJson(Buffer.from(content).toString()))
  return parsed.success ? parsed.output : null
}

/**
 * Keeps the profile, readable to root alone: it holds the key.
 * @throws LocalError when it can't be written
 */
export async function saveProfile(
  profile: Profile,
  paths: Folder,
  system: Pick<System, 'readFile' | 'writeFile'>,
): Promise<void> {
  const file = profileFile(paths)
  const content = Buffer.from(`${JSON.stringify(profile, null, 2)}\n`)
  const present = await system.readFile(file)
  if (present !== null && content.equals(present)) return
  await system.writeFile(file, { content, mode: 0o600, owner: 'root', group: 'root' })
}
