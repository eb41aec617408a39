import type { Commit } from '../source/mirror.ts'
import type { Relation } from '../source/relation.ts'
import { compareVersions } from '../source/tag-version.ts'
import { name } from '../store/good-release.ts'
import type { Followed, Release } from '../store/state.ts'

/**
 * Why following a branch or tags must not lead from one commit to another, in one clause; null when it may.
 * History moves forward only: otherwise whoever can push could bring back old commits, with all their holes
 * and good signatures. A higher version may come from another branch of the same history, but only if its
 * tag is annotated: a lightweight one can be put anywhere by anybody who may push.
 */
export function moveFault(
  from: Pick<Release, 'commit' | 'subject'> & Pick<Followed, 'tag'>,
  { commit, tag }: Pick<Commit, 'commit' | 'tag'>,
  relation: Relation,
): string | null {
  if (relation === 'same') return null
  const before = `${from.tag === null ? '' : `${from.tag}, `}${name(from)}, which this node was in line with`
  if (tag !== undefined && from.tag !== null && tag.name !== from.tag) {
    const isHigher = compareVersions(tag.name, from.tag) > 0
    if (!isHigher) return `${tag.name} is a lower version than ${before}`
    if (relation === 'aside' && tag.object !== commit) return null
  }
  const faults: Readonly<Record<Relation, string | null>> = {
    same: null,
    newer: null,
    older: `history was rewound: it is older than ${before}`,
    aside: `history was rewritten (by a forced push?): it does not contain ${before}`,
    unrelated: `its history does not contain ${before}: is this still the right repo?`,
  }
  return faults[relation]
}
