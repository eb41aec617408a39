import { createHash } from 'node:crypto'
import { ownedKey } from '../plan/plan.ts'
import type { Plan } from '../plan/plan.ts'

/**
 * What differs, in a few letters: the same for the same drift, so that a repair that fails again and again is told
 * from one that has a chance. Units are left out: how one that does not come up looks changes by itself.
 */
export function fingerprintDrift({ items, removals }: Plan): string {
  const differing = items
    .filter(({ resource }) => resource.kind.reload === undefined)
    .filter(({ changes }) => changes.length > 0)
    .map(({ resource, changes }) => [
      resource.id,
      changes.map(({ field, before }) => [field, before]),
    ])
  const text = JSON.stringify([differing, removals.map(({ owned }) => ownedKey(owned))])
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
