import { UsageError } from '../system/errors.ts'
import { nearest } from '../yaml/nearest.ts'
import type { Inventory, Vars } from './inventory.ts'

/**
 * What `ansible-inventory --graph` prints.
 * @param from the group to start at
 * @throws UsageError when there is no such group
 */
export function formatGraph(inventory: Inventory, from = 'all'): string {
  if (!inventory.groups.has(from)) {
    const known = [...inventory.groups.keys()]
    throw new UsageError(`no group "${from}" in the inventory${nearest(from, known)}`)
  }
  return branch(inventory, from, 0).join('\n')
}

function branch(inventory: Inventory, name: string, depth: number): readonly string[] {
  const group = inventory.groups.get(name)
  return [
    twig(`@${name}:`, depth),
    ...(group?.children ?? []).flatMap((child) => branch(inventory, child, depth + 1)),
    // Ansible lists the hosts of all below ungrouped only.
    ...(name === 'all' ? [] : (group?.hosts ?? [])).map((host) => twig(host, depth + 1)),
  ]
}

function twig(text: string, depth: number): string {
  return depth === 0 ? text : `${'  |'.repeat(depth)}--${text}`
}

/** What `ansible-inventory --host` prints: JSON, sorted by key at every level. */
export function formatVars(vars: Vars): string {
  const values = [...vars].map(([name, variable]) => [name, variable.value] as const)
  return JSON.stringify(sortKeys(Object.fromEntries(values)), null, 4)
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [key, sortKeys(inner)] as const)
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
