/** A word of a rule. */
export interface Word {
  readonly text: string
  /** A part of it stood in quotes. */
  readonly isQuoted: boolean
}

/**
 * Splits a rule into words as iptables-restore does (libxtables 1.8.9, `add_param_to_argv`): only double
 * quotes join words, and a backslash escapes inside them alone; an opening quote may stand inside a word, and
 * the closing one ends it. null when a quote is never closed: iptables-restore then takes the rest of the
 * rule for one word.
 */
export function splitRule(text: string): readonly Word[] | null {
  // Most rules have no quotes, and tables have thousands of rules
  if (!text.includes('"')) return text.split(/[ \t\n]+/).flatMap(toPlainWord)
  const words: Word[] = []
  let word = ''
  let isQuoted = false
  let isOpen = false
  const close = (): void => {
    if (word !== '' || isQuoted) words.push({ text: word, isQuoted })
    word = ''
    isQuoted = false
  }
  for (let index = 0; index < text.length; index++) {
    const letter = text[index] ?? ''
    if (isOpen && letter === '\\') {
      index++
      word += text[index] ?? ''
    } else if (letter === '"') {
      if (isOpen) close()
      isOpen = !isOpen
      isQuoted = isOpen
    } else if (!isOpen && ' \t\n'.includes(letter)) close()
    else word += letter
  }
  close()
  return isOpen ? null : words
}

function toPlainWord(text: string): readonly Word[] {
  return text === '' ? [] : [{ text, isQuoted: false }]
}

/** A text as one word of a rule, whatever it holds. */
export function quoteWord(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** An option of a rule with its values: `! --dport 80` is `--dport`, negated, with `80`. */
export interface Option {
  /** Empty for words before the first option. */
  readonly name: string
  readonly isNegated: boolean
  readonly values: readonly string[]
}

/**
 * The options of a rule, in order. Options that are known take their values as getopt does, whatever those
 * look like (`--comment -j`); one that is not takes the words up to the next option.
 */
export function readOptions(words: readonly Word[]): readonly Option[] {
  const options: { name: string; isNegated: boolean; values: string[] }[] = []
  let isNegated = false
  for (const { text, isQuoted } of words) {
    const last = options.at(-1)
    const wanted = last && valuesOf(last.name)
    if (last && (wanted === null ? isQuoted : last.values.length < (wanted ?? 0))) {
      last.values.push(text)
    } else if (text === '!') {
      isNegated = true
    } else if (/^--?[a-z0-9]/i.test(text)) {
      const { name, value } = unglue(text)
      options.push({ name, isNegated, values: value === null ? [] : [value] })
      isNegated = false
    } else if (last) {
      last.values.push(text)
    } else {
      options.push({ name: '', isNegated: false, values: [text] })
    }
  }
  return options
}

/** getopt also takes `--source=10.0.0.1` and `-s10.0.0.1`. */
function unglue(text: string): { readonly name: string; readonly value: string | null } {
  const isLong = text.startsWith('--')
  const end = isLong ? text.indexOf('=', 3) : /^-[Adgijmops]./s.test(text) ? 2 : -1
  if (end === -1) return { name: text, value: null }
  return { name: text.slice(0, end), value: text.slice(isLong ? end + 1 : end) }
}

const withoutValue = new Set('-4 --ipv4 -6 --ipv6 -f --fragment --syn'.split(' '))
const withOneValue = new Set(
  (
    '-A --append -j --jump -g --goto -m --match -p --protocol --proto -s --source --src -d --destination ' +
    '--dst -i --in-interface -o --out-interface --src-range --dst-range --sport --source-port --sports ' +
    '--source-ports --dport --destination-port --dports --destination-ports --ports --state --ctstate ' +
    '--icmp-type --icmpv6-type --comment --log-prefix --nflog-prefix --string --hex-string --reject-with'
  ).split(' '),
)

/** How many values an option takes: iptables(8), iptables-extensions(8). null where that isn't known here. */
function valuesOf(name: string): number | null {
  if (withoutValue.has(name)) return 0
  if (withOneValue.has(name)) return 1
  return name === '--tcp-flags' ? 2 : null
}
