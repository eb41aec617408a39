import type { AnyKind, Change, Owned } from '../resources/kind.ts'
import type { Resource } from '../roles/resource.ts'
import type { System } from '../system/system.ts'

/** A resource with what was found on the node. No changes: in sync. */
export interface Planned {
  readonly resource: Resource
  readonly state: unknown
  readonly changes: readonly Change[]
  /** Remarks for a person that are no drift, such as a key that this kernel lacks. */
  readonly notes: readonly string[]
  /** Milliseconds that observing took. */
  readonly duration: number
}

/** Something that is there because of us and that nothing asks for any more. */
export interface Removal {
  readonly kind: AnyKind
  readonly owned: Owned
  readonly changes: readonly Change[]
}

/** All that differs between desired and actual state, in the order in which it would be applied. */
export interface Plan {
  readonly removals: readonly Removal[]
  readonly items: readonly Planned[]
}

/** Which tasks take part, by their tags and the name of their role. Empty sets choose all. */
export interface TagChoice {
  readonly tags: ReadonlySet<string>
  readonly skipTags: ReadonlySet<string>
}

/** With tags, only a part of the desired state is known: nothing is pruned, and no commit counts as applied. */
export function isWholeRun(choice: TagChoice): boolean {
  return choice.tags.size === 0 && choice.skipTags.size === 0
}

export function isChosen(resource: Resource, choice: TagChoice): boolean {
  const has = (wanted: ReadonlySet<string>): boolean => resource.tags.some((tag) => wanted.has(tag))
  return (choice.tags.size === 0 || has(choice.tags)) && !has(choice.skipTags)
}

/** Observes the resources side by side, and lists their drift. Changes nothing. */
export async function observeAll(
  resources: readonly Resource[],
  system: System,
): Promise<readonly Planned[]> {
  return Promise.all(
    resources.map(async (resource) => {
      const { kind, spec } = resource
      const start = performance.now()
      const state = await kind.observe(spec, system)
      const duration = performance.now() - start
      const notes = kind.notes?.(spec, state) ?? []
      return { resource, state, changes: kind.diff(spec, state), notes, duration }
    }),
  )
}

/** Names an owned thing on this node. */
export function ownedKey(owned: Pick<Owned, 'kind' | 'name'>): string {
  return `${owned.kind} ${owned.name}`
}

/** Lists what is to be taken back: owned, no longer desired, and still there. */
export async function observeRemovals(
  owned: readonly Owned[],
  resources: readonly Resource[],
  kinds: ReadonlyMap<string, AnyKind>,
  system: System,
): Promise<readonly Removal[]> {
  const claimed = claimedKeys(resources)
  const removals = await Promise.all(
    owned
      .filter((one) => !claimed.has(ownedKey(one)))
      .map(async (one): Promise<Removal | null> => {
        const kind = kinds.get(one.kind)
        const changes = (await kind?.ownership?.removal(one, system)) ?? []
        return kind === undefined || changes.length === 0 ? null : { kind, owned: one, changes }
      }),
  )
  // Last made, first removed: a file before the folder that holds it.
  return removals.filter((removal) => removal !== null).reverse()
}

/** Keys of everything that some resource wants to exist. */
export function claimedKeys(resources: readonly Resource[]): ReadonlySet<string> {
  return new Set(
    resources.flatMap(({ kind, spec }) =>
      (kind.ownership?.claims(spec) ?? []).map((name) =>
        ownedKey({ kind: kind.ownership?.kind ?? kind.name, name }),
      ),
    ),
  )
}

export function isInSync(plan: Plan): boolean {
  return plan.removals.length === 0 && plan.items.every((item) => item.changes.length === 0)
}
