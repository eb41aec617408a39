import { createFiles } from '../system/files.ts'
import { baseFacts } from './base.ts'
import type { BaseFacts, FactFiles } from './base.ts'
import { FactNeeded } from './fact-needed.ts'
import { factDocs } from './fact.ts'
import type { FactGroup, Facts } from './fact.ts'
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
export type LoadFacts = <T>(render: (facts: Facts) => T | Promise<T>) => Promise<T>

/**
 * Facts for one run: each is gathered once, however often is rendered.
 * @param gather reads groups of facts
 */
export function createFactLoader(files: FactFiles, gather = gatherFacts): LoadFacts {
  let base: Promise<BaseFacts> | undefined
  let gathered: Gathered = new Map()
  return async (render) => {
    const known = await (base ??= baseFacts(files))
    for (;;) {
      try {
        return await render(lazyFacts(known.facts, gathered))
      } catch (error) {
        if (!(error instanceof FactNeeded) || !isGroup(error.group)) throw error
        if (gathered.has(error.group)) throw error
        const group = await gather(new Set([error.group]), known, files)
        gathered = new Map([...gathered, ...group])
      }
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
