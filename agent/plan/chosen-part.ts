import type { Desired } from '../roles/resource.ts'
import { UsageError } from '../system/errors.ts'
import { isChosen, isWholeRun } from './plan.ts'
import type { TagChoice } from './plan.ts'

/**
 * What a run with tags is about, in words: `11 resources with tag haproxy`; null: a whole run. A mistyped tag chooses
 * nothing, and "in sync" would be said of nothing.
 * @throws UsageError for a tag that no task has, also none that `when` leaves out
 */
export function describePart(
  choice: TagChoice,
  { resources, skipped }: Pick<Desired, 'resources' | 'skipped'>,
): string | null {
  if (isWholeRun(choice)) return null
  const known = new Set([...resources, ...skipped].flatMap(({ role, tags }) => [role, ...tags]))
  const unknown = [...choice.tags, ...choice.skipTags].find((tag) => !known.has(tag))
  if (unknown !== undefined) {
    const names = [...known].sort().join(', ')
    throw new UsageError(`no task has the tag "${unknown}"; there are: ${names}`)
  }
  const number = resources.filter((resource) => isChosen(resource, choice)).length
  const words = [describeTags('with', choice.tags), describeTags('without', choice.skipTags)]
  return [`${number} resource${number === 1 ? '' : 's'}`, ...words.flat()].join(' ')
}

function describeTags(how: string, tags: ReadonlySet<string>): readonly string[] {
  return tags.size === 0 ? [] : [`${how} tag ${[...tags].join(' or ')}`]
}
