import { join } from 'node:path'
import * as v from 'valibot'
import { parseJson } from '../system/parse-json.ts'
import type { Parsed } from '../system/parsed.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'

const schema = v.strictObject({
  commit: v.string(),
  subject: v.string(),
  /** Runs in a row that have begun to judge it, and of which none is known to have come to an end of that. */
  runs: v.number(),
})

/** The commit that a run judges, or that has felled the run that did: it stands on the disk meanwhile. */
export interface Felled extends Parsed<typeof schema> {}

type Folder = Pick<Paths, 'state'>

const felledFile = ({ state }: Folder): string => join(state, 'judging.json')

/** null: no run is known to have been felled. */
export async function loadFelled(
  paths: Folder,
  system: Pick<System, 'readFile'>,
): Promise<Felled | null> {
  const content = await system.readFile(felledFile(paths))
  if (content === null) return null
  const parsed = v.safeParse(schema, parseJson(Buffer.from(content).toString()))
  return parsed.success ? parsed.output : null
}

/** Returns once it is on the disk. @throws LocalError when it can't be written */
export async function saveFelled(
  felled: Felled,
  paths: Folder,
  system: Pick<System, 'writeFile'>,
): Promise<void> {
  const content = Buffer.from(`${JSON.stringify(felled)}\n`)
  await system.writeFile(felledFile(paths), {
    content,
    mode: 0o600,
    owner: 'root',
    group: 'root',
  })
}

/** All is well. @throws LocalError when it can't be removed */
export async function forgetFelled(paths: Folder, system: Pick<System, 'remove'>): Promise<void> {
  await system.remove(felledFile(paths))
}
