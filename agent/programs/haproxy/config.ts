import type { ConditionContext } from './condition.ts'
import { unknownEnvironment } from './environment.ts'
import type { ConfigFile, ConfigLine } from './lines.ts'
import { readSections } from './sections.ts'
import type { Section } from './sections.ts'
import { isKnown } from './words.ts'

/** What haproxy is told by its files. */
export interface HaproxyConfig {
  /** Paths of the files, in the order in which it reads them. */
  readonly files: readonly string[]
  readonly sections: readonly Section[]
  /** What it calls itself among its peers; null: can't be told. */
  readonly localPeer: string | null
}

/** The process that reads the files. */
export interface ConfigContext extends ConditionContext {
  /** `-L` of its command line, else the name of the node (gethostname); null: not known. */
  readonly localPeer: string | null
  /** It was given by `-L`, which the files can't change. */
  readonly isLocalPeerFixed: boolean
}

/** Nothing is known of the haproxy that reads the files. */
export const unknownContext: ConfigContext = {
  environment: unknownEnvironment,
  version: null,
  localPeer: null,
  isLocalPeerFixed: false,
}

/**
 * Reads the configuration of one haproxy.
 * @param files in the order of the command line
 */
export function readConfig(files: readonly ConfigFile[], context: ConfigContext): HaproxyConfig {
  const sections = readSections(files, context)
  return {
    files: files.map(({ path }) => path),
    sections,
    localPeer: context.isLocalPeerFixed ? context.localPeer : findLocalPeer(sections, context),
  }
}

/** The last `localpeer` counts; behind a section `peers` it is ignored. */
function findLocalPeer(sections: readonly Section[], { localPeer }: ConfigContext): string | null {
  const end = sections.findIndex(({ keyword }) => keyword === 'peers')
  const lines = linesOf(end < 0 ? sections : sections.slice(0, end), 'global')
  return lines
    .filter(({ words }) => words[0] === 'localpeer')
    .reduce<string | null>((before, { words, isCertain }) => {
      const [, name = ''] = words
      return isCertain && isKnown(name) ? name : name === before ? before : null
    }, localPeer)
}

/** All lines of one kind of section. */
export function linesOf(
  sections: readonly Section[],
  keyword: Section['keyword'],
): readonly ConfigLine[] {
  return sections.filter((one) => one.keyword === keyword).flatMap(({ lines }) => lines)
}

/**
 * The line of `global` that begins with some words. haproxy says "already specified" of a second one, and goes
 * on with the first. Left out are those that it may not read.
 */
export function findGlobal(
  { sections }: Pick<HaproxyConfig, 'sections'>,
  ...words: readonly string[]
): ConfigLine | null {
  const isIt = ({ words: own, isCertain }: ConfigLine): boolean =>
    isCertain && words.every((word, index) => own[index] === word)
  return linesOf(sections, 'global').find(isIt) ?? null
}
