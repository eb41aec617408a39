import { join } from 'node:path'
import type { GoodHealth } from '../health/good-health.ts'
import { parseJson } from '../system/parse-json.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'

/** As many as there are good releases to go back to. */
const kept = 5
/** Of the layout below, and of {@link GoodHealth}. */
const version = 1

type Folder = Pick<Paths, 'state'>

const healthFile = ({ state }: Folder): string => join(state, 'good-health.json')

/** Of the desired states that passed the gate here, the newest first. What can't be read is not known. */
export async function loadGoodHealth(
  paths: Folder,
  system: Pick<System, 'readFile'>,
): Promise<readonly GoodHealth[]> {
  const content = await system.readFile(healthFile(paths))
  const read = parseJson(Buffer.from(content ?? '').toString()) as {
    readonly version?: unknown
    readonly good?: readonly GoodHealth[]
  } | null
  return read?.version === version && Array.isArray(read.good) ? read.good : []
}

/** Adds one of a desired state that is not among them. @throws LocalError when it can't be written */
export async function saveGoodHealth(
  next: GoodHealth,
  paths: Folder,
  system: Pick<System, 'readFile' | 'writeFile'>,
): Promise<void> {
  const good = [next, ...(await loadGoodHealth(paths, system))].slice(0, kept)
  await system.writeFile(healthFile(paths), {
    content: Buffer.from(`${JSON.stringify({ version, good })}\n`),
    mode: 0o600,
    owner: 'root',
    group: 'root',
  })
}
