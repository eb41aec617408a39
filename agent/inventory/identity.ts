import { UsageError, commitError } from '../system/errors.ts'
import type { Inventory } from './inventory.ts'

/** Names that this node may have in the inventory. */
export interface NodeNames {
  /** `node` of agent.yml: the only one that counts when it is set. */
  readonly node?: string | undefined
  readonly fqdn: string
  readonly hostname: string
}

/**
 * The inventory's host that this node is. Never a guess: a wrong answer would make a node another one.
 * @throws CommitError when no host matches
 * @throws UsageError when two hosts match
 */
export function identify(inventory: Inventory, names: NodeNames): string {
  const tried = new Set(names.node === undefined ? [names.fqdn, names.hostname] : [names.node])
  const [found, other] = [...tried].filter((name) => inventory.hostByName.has(name))
  if (found !== undefined && other === undefined) return found
  if (found !== undefined) {
    throw new UsageError(
      `this node could be ${found} or ${other}: set node: in agent.yml to the one that it is`,
    )
  }
  const remedy =
    names.node === undefined
      ? 'add one of these names to the inventory, or set node: in agent.yml'
      : 'add it to the inventory, or correct node: in agent.yml'
  const asked = [...tried].map((name) => `"${name}"`).join(' nor ')
  throw commitError(
    { file: inventory.file },
    `no host ${asked}, which is what this node is called; ${remedy}. Hosts: ${some(inventory.hosts)}`,
  )
}

function some(hosts: readonly string[]): string {
  const shown = hosts.slice(0, 20).join(', ')
  return hosts.length > 20 ? `${shown} and ${hosts.length - 20} more` : shown || 'none'
}
