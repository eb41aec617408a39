/** A line of haproxy.cfg that has an effect. */
export interface HaproxyLine {
  /** From 1. */
  readonly line: number
  /** `global`, `frontend`, `peers`, …, of the section that it belongs to. */
  readonly section: string
  /** Counts sections, so that two of one kind are told apart. */
  readonly sectionNumber: number
  /** Quotes taken off. */
  readonly words: readonly string[]
}

export const haproxyConfigPath = '/etc/haproxy/haproxy.cfg'

const sections = new Set(
  (
    'global defaults frontend backend listen peers resolvers mailers userlist program ring cache ' +
    'log-forward log-profile http-errors fcgi-app crt-store traces acme'
  ).split(' '),
)

/**
 * The lines of a configuration, but for those whose effect isn't known here: between `.if` and `.endif`,
 * in sections that are `disabled`, and with values from the environment.
 */
export function readHaproxyLines(text: string): readonly HaproxyLine[] {
  const lines: HaproxyLine[] = []
  let section = ''
  let sectionNumber = 0
  let conditions = 0
  const disabled = new Set<number>()
  for (const [index, raw] of text.split('\n').entries()) {
    const words = splitWords(raw)
    const [first = ''] = words
    if (first === '.if') conditions++
    else if (first === '.endif') conditions--
    if (first === '' || first.startsWith('.') || conditions > 0) continue
    if (sections.has(first)) {
      section = first
      sectionNumber++
    }
    if (first === 'disabled') disabled.add(sectionNumber)
    if (!raw.includes('$')) lines.push({ line: index + 1, section, sectionNumber, words })
  }
  return lines.filter((line) => !disabled.has(line.sectionNumber))
}

/**
 * The words behind a keyword of `global`. haproxy says "already specified" of a second line, and goes on
 * with the first.
 */
export function findGlobal(
  lines: readonly HaproxyLine[],
  ...keyword: readonly string[]
): HaproxyLine | null {
  const isIt = ({ section, words }: HaproxyLine): boolean =>
    section === 'global' && keyword.every((word, index) => words[index] === word)
  return lines.find(isIt) ?? null
}

/** Configuration manual, 2.2: blanks part words unless quoted or behind a backslash; # begins a comment. */
function splitWords(line: string): readonly string[] {
  const words = line.match(/(?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|[^\s\\"'])+/g) ?? []
  const comment = words.findIndex((word) => word.startsWith('#'))
  return (comment < 0 ? words : words.slice(0, comment)).map((word) =>
    word.replace(/\\(.)|["']/g, (_, escaped?: string) => escaped ?? ''),
  )
}
