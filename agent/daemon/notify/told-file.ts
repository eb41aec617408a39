import { join } from 'node:path'
import * as v from 'valibot'
import type { Paths } from '../../system/paths.ts'
import type { System } from '../../system/system.ts'
import { nothingTold } from './decide-notification.ts'
import type { Told } from './decide-notification.ts'

/** A restart of the agent must not tell of the same commit again. VIPs are looked at anew. */
const schema = v.strictObject({
  version: v.literal(1),
  troubles: v.array(v.string()),
  heldSince: v.nullable(v.number()),
})

type Folder = Pick<Paths, 'state'>

const toldFile = ({ state }: Folder): string => join(state, 'notified.json')

/** What was told before a restart; nothing when the file is not there, or damaged. */
export async function loadTold(paths: Folder, system: Pick<System, 'readFile'>): Promise<Told> {
  try {
    const content = await system.readFile(toldFile(paths))
    if (content === null) return nothingTold
    const { troubles, heldSince } = v.parse(schema, JSON.parse(Buffer.from(content).toString()))
    return { ...nothingTold, troubles, heldSince }
  } catch {
    return nothingTold
  }
}

/** @throws LocalError when it can't be written */
export async function saveTold(
  { troubles, heldSince }: Told,
  paths: Folder,
  system: Pick<System, 'writeFile'>,
): Promise<void> {
  const content = Buffer.from(`${JSON.stringify({ version: 1, troubles, heldSince })}\n`)
  const file = { content, mode: 0o600, owner: 'root', group: 'root' }
  await system.writeFile(toldFile(paths), file)
}
