import type { ConditionContext } from './condition.ts'
import { enterBlock, isDirective } from './conditional-block.ts'
import type { Block } from './conditional-block.ts'
import { changeEnvironment } from './environment.ts'
import { isSectionKeyword } from './section-keyword.ts'
import { expandAddress, splitWords } from './words.ts'

/** A file of haproxy's configuration. */
export interface ConfigFile {
  readonly path: string
  readonly text: string
}

/** A line of the configuration that haproxy reads, or may read. */
export interface ConfigLine {
  /** Path of its file. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** At least one. Quotes are taken off, variables replaced; see `unknownText` for those that are not known. */
  readonly words: readonly string[]
  /** Not when it depends on a `.if` that only haproxy can tell. */
  readonly isCertain: boolean
}

/**
 * The lines of a configuration, in the order in which haproxy reads them (readcfgfile in cfgparse.c), but for
 * those that a `.if` leaves out, and comments.
 * @param files in the order of the command line
 */
export function readLines(
  files: readonly ConfigFile[],
  context: ConditionContext,
): readonly ConfigLine[] {
  const lines: ConfigLine[] = []
  let { environment } = context
  for (const { path, text } of files) {
    let blocks: readonly Block[] = []
    let section = ''
    for (const [index, raw] of text.split('\n').entries()) {
      const bare = raw.trimStart()
      // A comment, or a scope, which matters to the files of filters alone
      if (bare === '' || bare.startsWith('#') || bare.startsWith('[')) continue
      const words = splitWords(bare, environment)
      const [keyword = ''] = words
      if (isDirective(keyword)) blocks = enterBlock(blocks, words, { ...context, environment })
      if (keyword === '' || keyword.startsWith('.')) continue
      if (blocks.some(({ isTaken }) => isTaken === false)) continue
      const isCertain = blocks.every(({ isTaken }) => isTaken)
      if (isSectionKeyword(keyword)) section = keyword
      if (section === 'global') environment = changeEnvironment(environment, words, isCertain)
      // Addresses need no quotes for variables; nobody asks here what a $ means in other words
      const expanded = bare.includes('$')
        ? words.map((it) => expandAddress(it, environment))
        : words
      lines.push({ file: path, line: index + 1, words: expanded, isCertain })
    }
  }
  return lines
}
