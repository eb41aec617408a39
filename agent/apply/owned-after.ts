import { claimedKeys, ownedKey } from '../plan/plan.ts'
import type { Plan } from '../plan/plan.ts'
import type { Owned } from '../resources/kind.ts'

/**
 * What we own once a plan is applied. What we owned already keeps what was there before us; the rest is new.
 */
export function ownedAfter(plan: Plan, owned: readonly Owned[]): readonly Owned[] {
  const known = new Map(owned.map((one) => [ownedKey(one), one]))
  for (const { resource, state, changes } of plan.items) {
    if (changes.length === 0) continue
    const { ownership } = resource.kind
    for (const named of ownership?.owned(resource.spec, state) ?? []) {
      const one = { kind: ownership?.kind ?? resource.kind.name, ...named }
      if (!known.has(ownedKey(one))) known.set(ownedKey(one), one)
    }
  }
  for (const key of hiddenKeys(plan)) {
    const one = known.get(key)
    if (one !== undefined) known.set(key, { ...one, secret: true })
  }
  return [...known.values()]
}

/** Of what tasks with `no_log` make, whether they have something to do or not. */
function hiddenKeys({ items }: Plan): ReadonlySet<string> {
  return claimedKeys(items.flatMap(({ resource }) => (resource.noLog ? [resource] : [])))
}
