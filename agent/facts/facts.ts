import { createFiles } from '../system/files.ts'
import { baseFacts } from './base.ts'
import type { BaseFacts, FactFiles } from './base.ts'
import { factDocs } from './fact.ts'
import type { FactGroup, Facts } from './fact.ts'
import { FactNeeded } from './fact-needed.ts'
import { networkFacts } from './network.ts'

/** Groups of facts that were gathered. */
export type Gathered = ReadonlyMap<FactGroup, Facts>

const gatherers: Readonly<
  Record<FactGroup, (base: BaseFacts, files: FactFiles) => Promise<Facts>>
> = {
  network: networkFacts,
}

/** Gathers groups of facts, which costs processes. */
export async function gatherFacts(
  groups: ReadonlySet<FactGroup>,
  base: BaseFacts,
  files: FactFiles,
): Promise<Gathered> {
  const gathered = new Map<FactGroup, Facts>()
  for (const group of groups) gathered.set(group, await gatherers[group](base, files))
  return gathered
}

/** What templates see below `facts`. A fact of a group that was not gathered throws FactNeeded when read. */
export function lazyFacts(base: Facts, gathered: Gathered): Record<string, unknown> {
  const facts = { ...base }
  for (const [name, { group }] of Object.entries(factDocs)) {
    if (group === undefined) continue
    const get = (): unknown => {
      const found = gathered.get(group)
      if (found === undefined) throw new FactNeeded(group)
      return found[name]
    }
    Object.defineProperty(facts, name, { get, enumerable: true })
  }
  return facts
}

/**
 * Renders with the facts of this node. Groups of facts are gathered when rendering asks for them, and it
 * is done again.
 */
export async function loadFacts<T>(
  render: (facts: Facts) => T | Promise<T>,
  files: FactFiles = createFiles(),
): Promise<T> {
  const base = await baseFacts(files)
  const needed = new Set<FactGroup>()
  for (;;) {
    const gathered = await gatherFacts(needed, base, files)
    try {
      return await render(lazyFacts(base.facts, gathered))
    } catch (error) {
      if (!(error instanceof FactNeeded) || !isGroup(error.group) || needed.has(error.group))
        throw error
      needed.add(error.group)
    }
  }
}

/** Every fact of this node, for people. */
export async function allFacts(files: FactFiles = createFiles()): Promise<Facts> {
  const base = await baseFacts(files)
  return lazyFacts(base.facts, await gatherFacts(new Set(groups), base, files))
}

const groups = Object.keys(gatherers).filter(isGroup)

function isGroup(name: string): name is FactGroup {
  return name in gatherers
}
