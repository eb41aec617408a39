import { createHash } from 'node:crypto'
import type { Family } from '../../programs/address.ts'
import { parseRule } from '../../programs/netfilter/rule.ts'
import type { SavedTable } from '../../programs/netfilter/saved-table.ts'
import { parseJson } from '../../system/parse-json.ts'
import type { System } from '../../system/system.ts'
import { loadInScratch } from './scratch.ts'
import type { ScratchChain, ScratchResult } from './scratch.ts'
import type { IptablesSpec } from './spec.ts'

type Machine = Pick<System, 'readFile' | 'run' | 'writeFile'>

const cacheFolder = '/var/lib/evenkeel/cache/iptables'
/** A held commit is compared beside the applied one, and each release leaves an entry. */
const keptEntries = 8

/** Rules of a family without `-A CHAIN`, as the task gives them. */
export function listRules(spec: IptablesSpec, family: Family): readonly string[] {
  return spec.rules.filter((rule) => rule.families.includes(family)).map(({ text }) => text)
}

/**
 * What `iptables-save` will print of the chain once its rules are loaded. Remembered by the rules and the
 * versions of iptables and kernel, so that a node in sync starts no namespace.
 * @throws LocalError when the node refuses namespaces
 */
export async function canonicalise(
  spec: IptablesSpec,
  family: Family,
  table: SavedTable,
  system: Machine,
): Promise<ScratchResult> {
  const { chain, parent } = spec
  const rules = listRules(spec, family)
  const targets = new Set(rules.map((rule) => parseRule(rule).target?.name))
  const others = [...table.userChains].filter((name) => targets.has(name) && name !== chain)
  const request: ScratchChain = { family, table: spec.table, chain, parent, rules, others }
  if (table.version === null) return loadInScratch(request, system)

  const path = `${cacheFolder}/${family}-${spec.table}-${chain}.json`
  const kernel = await readText('/proc/sys/kernel/osrelease', system)
  const key = createHash('sha256')
    .update(JSON.stringify([request, table.version, kernel]))
    .digest('hex')
  const entries = parseCache(await readText(path, system))
  const known = entries.find((entry) => entry.key === key)
  if (known !== undefined) return { rules: known.rules, fault: null }

  const result = await loadInScratch(request, system)
  if (result.rules !== null) {
    const kept = [{ key, rules: result.rules }, ...entries].slice(0, keptEntries)
    await writeCache(path, kept, system)
  }
  return result
}

interface CacheEntry {
  readonly key: string
  readonly rules: readonly string[]
}

/** Whatever is wrong with the file, it is only a cache. */
function parseCache(text: string | null): readonly CacheEntry[] {
  const found = text === null ? null : parseJson(text)
  return Array.isArray(found) ? found.filter(isCacheEntry) : []
}

function isCacheEntry(value: unknown): value is CacheEntry {
  if (typeof value !== 'object' || value === null) return false
  if (!('key' in value) || !('rules' in value)) return false
  const { key, rules } = value
  return (
    typeof key === 'string' &&
    Array.isArray(rules) &&
    rules.every((rule) => typeof rule === 'string')
  )
}

async function writeCache(
  path: string,
  entries: readonly CacheEntry[],
  system: Pick<System, 'writeFile'>,
): Promise<void> {
  const content = new TextEncoder().encode(JSON.stringify(entries))
  try {
    await system.writeFile(path, { content, mode: 0o600, owner: 'root', group: 'root' })
  } catch {
    // A full disk or a person without rights costs a namespace each time, nothing else.
  }
}

async function readText(path: string, system: Pick<System, 'readFile'>): Promise<string | null> {
  try {
    const content = await system.readFile(path)
    return content && new TextDecoder().decode(content)
  } catch {
    return null
  }
}
