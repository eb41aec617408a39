import { findVariable } from './environment.ts'
import type { Environment } from './environment.ts'

/** Stands in a word for what a variable of unknown value holds: no word of haproxy's has a NUL. */
export const unknownText = '\0'

/** Whether nothing of a text depends on a variable of unknown value. */
export function isKnown(text: string): boolean {
  return !text.includes(unknownText)
}

/** What a backslash and a letter stand for. */
const letters: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r' }
/** What makes more of a line than words between blanks. */
const special = /["'\\#$\r\0]/
/** As much as needs no second look: outside of quotes, and within those of each kind. */
const plain: Readonly<Record<string, RegExp>> = {
  '': /[^ \t\v\f"'\\#\r\0]+/y,
  '"': /[^"\\$\r\0]+/y,
  "'": /[^'\r\0]+/y,
}
const blanks = /[ \t\v\f]+/y

/**
 * The words of a line, as parse_line in haproxy's tools.c has it (configuration manual, 2.2 and 2.3): blanks
 * part words unless quoted or behind a backslash; `#` begins a comment also within a word; within double quotes
 * variables are replaced: `$NAME`, `${NAME}`, `${NAME-default}`, and `${NAME[*]}` into several words. One that
 * is not set is empty.
 * @param line without its line break
 */
export function splitWords(line: string, environment: Environment): readonly string[] {
  const bare = line.trim()
  if (bare === '') return []
  if (!special.test(bare)) return bare.split(/[ \t\v\f]+/)
  const words: string[] = []
  let word: string | null = null
  let quote = ''
  let at = 0
  const end = (): void => {
    if (word !== null) words.push(word)
    word = null
  }
  while (at < line.length) {
    const text = match(plain[quote], line, at)
    const char = line.charAt(at)
    if (text !== '') {
      word = (word ?? '') + text
      at += text.length
    } else if (char === quote || (quote === '' && (char === '"' || char === "'"))) {
      quote = char === quote ? '' : char
      word ??= ''
      at += 1
    } else if (char === '\\') {
      const escape = readEscape(line.slice(at, at + 4), quote)
      word = (word ?? '') + escape.text
      at += escape.length
    } else if (char === '$') {
      const variable = readVariable(line.slice(at), environment)
      for (const [index, part] of variable.texts.entries()) {
        if (index > 0) end()
        word = (word ?? '') + part
      }
      at += variable.length
    } else {
      const between = match(blanks, line, at)
      // A comment, or the end of the line as haproxy sees it
      if (between === '') break
      end()
      at += between.length
    }
  }
  end()
  return words
}

/** What a sticky pattern fits there; empty: nothing. */
function match(pattern: RegExp | undefined, text: string, at: number): string {
  if (pattern === undefined) return ''
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

/** Other characters behind a backslash leave it as it is. */
function readEscape(text: string, quote: string): { text: string; length: number } {
  const next = text.charAt(1)
  if (next !== '' && ` \\#'"`.includes(next)) return { text: next, length: 2 }
  if (next === '$' && quote === '"') return { text: next, length: 2 }
  const letter = letters[next]
  if (letter !== undefined) return { text: letter, length: 2 }
  const [, code] = /^\\x([0-9a-f]{2})/i.exec(text) ?? []
  if (code !== undefined) return { text: String.fromCharCode(Number.parseInt(code, 16)), length: 4 }
  return { text: '\\', length: 1 }
}

const variable = /^\$(?:([A-Za-z_.]\w*)|\{([A-Za-z_.]\w*)(\[\*\])?(?:-([^}]*))?\})/

/** @returns several texts where words end between them */
function readVariable(
  text: string,
  environment: Environment,
): { texts: readonly string[]; length: number } {
  const [whole = '$', plain, braced, isList, otherwise = ''] = variable.exec(text) ?? []
  const name = plain ?? braced
  // haproxy refuses the file
  if (name === undefined) return { texts: ['$'], length: 1 }
  const value = name.startsWith('.') ? null : findVariable(name, environment)
  const shown = value === null ? unknownText : (value ?? otherwise)
  return {
    texts: isList === undefined ? [shown] : shown.split(/\s+/),
    length: whole.length,
  }
}

/** Replaces `$NAME` and `${NAME}` in an address, which needs no quotes (env_expand in haproxy's tools.c). */
export function expandAddress(address: string, environment: Environment): string {
  return address.replace(/\$(?:\{(\w*)\}?|(\w*))/g, (_, braced?: string, plain?: string) => {
    const value = findVariable(braced ?? plain ?? '', environment)
    return value === null ? unknownText : (value ?? '')
  })
}
