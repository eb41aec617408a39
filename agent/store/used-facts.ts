import { join } from 'node:path'
import * as v from 'valibot'
import type { Facts } from '../facts/fact.ts'
import { parseJson } from '../system/parse-json.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'

const schema = v.record(v.string(), v.unknown())

type Folder = Pick<Paths, 'state'>

/** Where the facts are kept that the last good run has used. */
export const usedFactsFile = ({ state }: Folder): string => join(state, 'facts.json')

/** None when no run has come that far, or the file is damaged; then the next good run writes it anew. */
export async function loadUsedFacts(
  paths: Folder,
  system: Pick<System, 'readFile'>,
): Promise<Facts> {
  const content = await system.readFile(usedFactsFile(paths))
  const parsed = v.safeParse(schema, parseJson(Buffer.from(content ?? '').toString()))
  return parsed.success ? parsed.output : {}
}

/** @throws LocalError when they can't be written */
export async function saveUsedFacts(
  facts: Facts,
  paths: Folder,
  system: Pick<System, 'readFile' | 'writeFile'>,
): Promise<void> {
  const file = usedFactsFile(paths)
  const content = Buffer.from(`${JSON.stringify(facts, null, 2)}\n`)
  const present = await system.readFile(file)
  if (present !== null && content.equals(present)) return
  await system.writeFile(file, { content, mode: 0o600, owner: 'root', group: 'root' })
}
