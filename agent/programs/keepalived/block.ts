/** A statement of keepalived.conf, with what it holds in braces; without words, one of other nodes. */
export interface KeepalivedBlock {
  readonly words: readonly string[]
  /** From 1. */
  readonly line: number
  /** Has effect only on nodes of some config id (`@lb1 priority 100`). */
  readonly conditional: boolean
  readonly children: readonly KeepalivedBlock[]
}

interface Open extends KeepalivedBlock {
  readonly children: Open[]
}

/**
 * Reads the blocks of a configuration as keepalived's parser does (lib/parser.c of 2.2): `#` and `!`
 * begin a comment anywhere but in double quotes or behind a backslash, braces may stand anywhere,
 * `$NAME=value` defines and `$NAME` or `${NAME}` inserts, a line that begins with `@id` counts where
 * the config id is `id` (`@^id`: is not). `~SEQ` and definitions of several lines are not expanded.
 * @param configId keepalived takes the short name of the host unless it was started with `-i`
 */
export function parseKeepalivedBlocks(text: string, configId: string): readonly KeepalivedBlock[] {
  const root: Open = { words: [], line: 0, conditional: false, children: [] }
  const open = [root]
  for (const { words, line, conditional } of statements(text, configId)) {
    const current = open.at(-1) ?? root
    if (words[0] === '}') {
      if (open.length > 1) open.pop()
    } else if (words[0] === '{') {
      const header = current.children.at(-1)
      if (header) open.push(header)
    } else {
      current.children.push({ words, line, conditional, children: [] })
    }
  }
  return root.children
}

type Statement = Omit<KeepalivedBlock, 'children'>

function statements(text: string, configId: string): readonly Statement[] {
  const definitions = new Map<string, string>()
  return text.split('\n').flatMap((raw, index): readonly Statement[] => {
    const first = applyCondition(decomment(raw), configId)
    const definition = /^\$([A-Za-z_]\w*)=(.*)$/.exec(first.text)
    if (definition) {
      definitions.set(definition[1] ?? '', (definition[2] ?? '').trim())
      return []
    }
    const second = applyCondition(decomment(insert(first.text, definitions)), configId)
    const conditional = first.conditional || second.conditional
    const parts = splitStatements(second.text)
    // A line of other nodes leaves a trace: on this one the block may have more than we see.
    const seen = conditional && parts.length === 0 ? [[]] : parts
    return seen.map((words) => ({ words, line: index + 1, conditional }))
  })
}

function decomment(line: string): string {
  return /^(?:"(?:[^"\\]|\\.)*"|\\.|[^!#"])*/.exec(line)?.[0].trim() ?? ''
}

/** The line behind its `@id`; empty where that is another node's. */
function applyCondition(line: string, configId: string): { text: string; conditional: boolean } {
  const condition = /^@(\^?)(\S+)\s+(.*)$/.exec(line)
  if (!condition) return { text: line.startsWith('@') ? '' : line, conditional: false }
  const isOurs = (condition[2] === configId) !== (condition[1] === '^')
  return { text: isOurs ? (condition[3] ?? '') : '', conditional: true }
}

/** Values may hold further names; ten rounds end what refers to itself. */
function insert(line: string, definitions: ReadonlyMap<string, string>): string {
  let text = line
  for (let round = 0; round < 10 && text.includes('$'); round++) {
    text = text.replace(
      /\$\{(\w+)\}|\$(\w+)(?=\s|$)/g,
      (whole, braced?: string, bare?: string) => definitions.get(braced ?? bare ?? '') ?? whole,
    )
  }
  return text
}

/** Words up to a brace are one statement, a brace is one alone; quotes join words and are taken off. */
function splitStatements(line: string): readonly (readonly string[])[] {
  const result: string[][] = []
  let words: string[] = []
  const word = /(?:"(?:[^"\\]|\\.)*"|'[^']*'|\$\{[^}]*\}|[^\s{}"'])+|[{}]/g
  for (const [token] of line.matchAll(word)) {
    if (token !== '{' && token !== '}') {
      if (token !== '\\') words.push(token.replace(/["']/g, ''))
      continue
    }
    if (words.length > 0) result.push(words)
    result.push([token])
    words = []
  }
  if (words.length > 0) result.push(words)
  return result
}
