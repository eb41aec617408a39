import type { Family } from '../../programs/address.ts'
import { parseSave, parseSaves } from '../../programs/netfilter/saved-table.ts'
import type { SavedTable } from '../../programs/netfilter/saved-table.ts'
import { LocalError } from '../../system/errors.ts'
import type { RunResult, System } from '../../system/system.ts'
import { toolName } from './scratch.ts'

/**
 * Reads a table of the running kernel: about 2.5 ms. null when iptables is not installed, as on a node
 * before its first run.
 * @throws LocalError when iptables can't show the table
 */
export async function readTable(
  family: Family,
  name: string,
  system: Pick<System, 'run'>,
): Promise<SavedTable | null> {
  const tool = toolName(family, 'save')
  const result = await runIfInstalled([tool, '-t', name], system)
  if (result === null) return null
  if (result.code !== 0) {
    throw new LocalError(`${tool} -t ${name} failed: ${result.stderr.trim() || 'no reason given'}`)
  }
  const table = parseSave(result.stdout, result.stderr)
  if (table.isIncompatible) {
    const nft = `${family === 'ipv4' ? 'ip' : 'ip6'} ${name}`
    throw new LocalError(
      `table ${name} (${family}) holds rules made by nft that ${tool} can't show; ` +
        `move them to a table of their own: nft list table ${nft}`,
    )
  }
  return table
}

/**
 * Reads all tables of a family, by name: about 5 ms. One that iptables can't show is left out; null when it
 * can show none, as where it is not installed.
 */
export async function readTables(
  family: Family,
  system: Pick<System, 'run'>,
): Promise<ReadonlyMap<string, SavedTable> | null> {
  const result = await runIfInstalled([toolName(family, 'save')], system)
  return result === null || result.code !== 0 ? null : parseSaves(result.stdout)
}

async function runIfInstalled(
  argv: readonly string[],
  system: Pick<System, 'run'>,
): Promise<RunResult | null> {
  try {
    return await system.run(argv)
  } catch (error) {
    if (error instanceof LocalError) return null
    throw error
  }
}
