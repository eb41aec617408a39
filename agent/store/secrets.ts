import { join } from 'node:path'
import * as v from 'valibot'
import { parseJson } from '../system/parse-json.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'

const schema = v.array(v.string())

/** More than the good releases of a node have; without an end, a secret that changes daily fills the disk. */
const most = 500

type Folder = Pick<Paths, 'state'>

const secretsFile = ({ state }: Folder): string => join(state, 'secrets.json')

/**
 * The secrets of the releases that this node converged to, the newest first: what a rotation or a removal shows as
 * the old value, and what an operator finds in a file of an earlier release. None when the file is damaged: then the
 * next run that converges writes it anew.
 */
export async function loadSecrets(
  paths: Folder,
  system: Pick<System, 'readFile'>,
): Promise<readonly string[]> {
  const content = await system.readFile(secretsFile(paths))
  const parsed = v.safeParse(schema, parseJson(Buffer.from(content ?? []).toString()))
  return parsed.success ? parsed.output : []
}

/** Those of a release, and of the ones before it. */
export function mergeSecrets(now: readonly string[], before: readonly string[]): readonly string[] {
  return [...new Set([...now, ...before])]
}

/**
 * Keeps them, readable to root alone, as the mirror of the config repo is that they come from.
 * @throws LocalError when they can't be written
 */
export async function saveSecrets(
  secrets: readonly string[],
  paths: Folder,
  system: Pick<System, 'readFile' | 'writeFile'>,
): Promise<void> {
  const file = secretsFile(paths)
  const content = Buffer.from(`${JSON.stringify(secrets.slice(0, most), null, 2)}\n`)
  const present = await system.readFile(file)
  if (present !== null && content.equals(present)) return
  await system.writeFile(file, { content, mode: 0o600, owner: 'root', group: 'root' })
}
