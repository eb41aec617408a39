import type { ConditionContext, Truth } from './condition.ts'
import { readLines } from './lines.ts'
import type { ConfigFile, ConfigLine } from './lines.ts'
import { isSectionKeyword } from './section-keyword.ts'
import type { SectionKeyword } from './section-keyword.ts'

/** A section of the configuration. */
export interface Section {
  readonly keyword: SectionKeyword
  /** Empty where it has none, as `global`. */
  readonly name: string
  /** The line that begins it. */
  readonly heading: ConfigLine
  /** Without the heading. Not certain are also those that stand in the section above if a `.if` leaves the heading out. */
  readonly lines: readonly ConfigLine[]
  /** The `defaults` that a proxy begins with; null: none. */
  readonly base: Section | null
  /**
   * The last one of `disabled` and `enabled` is the former, wherever they stand in it or in what it inherits: it
   * then listens to nothing. null: only haproxy can tell.
   */
  readonly isDisabled: Truth
}

/** One that is being read. */
interface Draft extends Section {
  readonly lines: ConfigLine[]
  isDisabled: Truth
}

/**
 * The sections of a configuration, as haproxy has them (cfgparse.c, cfgparse-listen.c).
 * @param files in the order of the command line
 */
export function readSections(
  files: readonly ConfigFile[],
  context: ConditionContext,
): readonly Section[] {
  const sections: Draft[] = []
  // Those that the next line may stand in: more than one below a heading that depends on a `.if`
  let open: readonly Draft[] = []
  for (const line of readLines(files, context)) {
    const [keyword = ''] = line.words
    if (isSectionKeyword(keyword)) {
      const section = beginSection(keyword, line, sections)
      sections.push(section)
      open = line.isCertain ? [section] : [...open, section]
      continue
    }
    const isCertain = line.isCertain && open.length === 1
    open.at(-1)?.lines.push(isCertain === line.isCertain ? line : { ...line, isCertain })
    if (keyword !== 'disabled' && keyword !== 'enabled') continue
    const state = keyword === 'disabled'
    for (const section of open) {
      if (isCertain || section.isDisabled === state) section.isDisabled = state
      else section.isDisabled = null
    }
  }
  return sections
}

function beginSection(
  keyword: SectionKeyword,
  heading: ConfigLine,
  before: readonly Section[],
): Draft {
  const { name, from } = readNames(keyword, heading.words)
  const bases = findBases(keyword, from, before)
  const states = new Set(bases.map(({ isDisabled }) => isDisabled))
  const [state = false] = states
  return {
    keyword,
    name,
    heading,
    lines: [],
    base: bases.at(-1) ?? null,
    isDisabled: states.size > 1 ? null : state,
  }
}

/** `frontend NAME from DEFAULTS`, `defaults NAME`, `defaults from DEFAULTS`. */
function readNames(
  keyword: SectionKeyword,
  [, first = '', second = '', third = '']: readonly string[],
): { readonly name: string; readonly from: string | null } {
  const isNameless = keyword === 'defaults' && first === 'from' && third === ''
  if (isNameless) return { name: '', from: second }
  return { name: first, from: second === 'from' ? third : null }
}

/**
 * The `defaults` that a section may begin with, the likeliest last: those of the name, or for a proxy the last
 * ones up to one that is certain.
 */
function findBases(
  keyword: SectionKeyword,
  from: string | null,
  before: readonly Section[],
): readonly Section[] {
  if (!/^(defaults|frontend|backend|listen)$/.test(keyword)) return []
  const all = before.filter((one) => one.keyword === 'defaults')
  if (from !== null) return all.filter(({ name }) => name === from)
  if (keyword === 'defaults') return []
  const certain = all.findLastIndex(({ heading }) => heading.isCertain)
  return all.slice(Math.max(0, certain))
}
