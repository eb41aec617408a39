import { isScalar, visit } from 'yaml'
import type { Document, YAMLError } from 'yaml'
import { templateMessage } from './build.ts'

/** What a syntax error means to the person who made it, and the offset where to look. */
export interface Fault {
  readonly offset: number
  readonly message: string
}

/**
 * Says in words of the file what the parser says in words of the YAML specification, for the mistakes
 * that people make; the parser's own words for the rest.
 */
export function explainFault(error: YAMLError, document: Document, text: string): Fault {
  // The parser may point at the end of the line before the one at fault.
  const offset = error.pos[0] + (/^\s+(?=\S)/.exec(text.slice(error.pos[0]))?.[0].length ?? 0)
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const line = text.slice(start).split('\n', 1)[0] ?? ''
  if (error.code === 'TAB_AS_INDENT' || /^ *\t/.test(line)) {
    return { offset, message: 'indent with spaces: YAML allows no tab here' }
  }
  if (/(?::|-)\s+\{[{%]/.test(line)) return { offset, message: templateMessage }
  if (/^Missing closing ["']quote/.test(error.message)) {
    return {
      offset: lastQuote(document, offset),
      message: 'the quote that opens here never closes',
    }
  }
  if (error.code === 'BLOCK_AS_IMPLICIT_KEY' && line.indexOf(': ') !== line.lastIndexOf(': ')) {
    return { offset, message: 'a value with ": " in it needs quotes' }
  }
  for (const [pattern, message] of explanations) {
    if (pattern.test(error.message)) return { offset, message }
  }
  return { offset, message: error.message.charAt(0).toLowerCase() + error.message.slice(1) }
}

const explanations: readonly (readonly [RegExp, string])[] = [
  [
    /followed by map values/,
    'a key needs a colon behind it; if it continues a text, indent it more',
  ],
  [/All mapping items/, 'indent this line like the keys above it'],
  [/All sequence items|block sequence may not be used/, 'indent this line like the items above it'],
  [
    /Nested mappings|on a single line/,
    'a value goes on here, and its next line has a colon: check the indentation',
  ],
  [/Plain value cannot start/, 'a value that starts with this character needs quotes'],
  [
    /Unexpected (?:double-quoted-|single-quoted-)?scalar at node end/,
    'text after the end of a value: quote the whole value',
  ],
  [/multiple documents/, 'a file holds one document: remove the second ---'],
  [/Flow sequence in block/, 'the [ that opens before this line never closes'],
  [/Flow map in block/, 'the { that opens before this line never closes'],
  [
    /Invalid escape sequence/,
    'no such escape in double quotes: use single quotes, or write \\\\ for a backslash',
  ],
  [/Unexpected block-seq-ind/, 'a list begins on the line below its key'],
]

/** The end of a file is no place to look for a quote that was never closed. */
function lastQuote(document: Document, before: number): number {
  let last = before
  visit(document, {
    Scalar(_key, node) {
      const start = node.range?.[0] ?? before
      if (isScalar(node) && node.type?.startsWith('QUOTE') === true && start < before) last = start
    },
  })
  return last
}
