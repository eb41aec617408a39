/** A word of a rule; a quoted one is never an option. */
export interface Word {
  readonly text: string
  readonly quoted: boolean
}

/** An option of a rule with its values: `! --dport 80` is `--dport`, negated, with `80`. */
export interface Option {
  readonly name: string
  readonly negated: boolean
  readonly values: readonly string[]
}

/** Splits a rule as iptables-restore does: blanks part words, double quotes and backslashes join them. */
export function splitWords(text: string): readonly Word[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) =>
    quoted === undefined
      ? { text: plain ?? '', quoted: false }
      : { text: quoted.replace(/\\(.)/g, '$1'), quoted: true },
  )
}

/** The options of a rule, in order. A word before the first option becomes an option without a name. */
export function readOptions(rule: string): readonly Option[] {
  const options: { name: string; negated: boolean; values: string[] }[] = []
  let negated = false
  for (const word of splitWords(rule)) {
    if (!word.quoted && word.text === '!') {
      negated = true
    } else if (!word.quoted && /^--?[a-z0-9]/i.test(word.text)) {
      const equals = word.text.startsWith('--') ? word.text.indexOf('=') : -1
      options.push(
        equals < 0
          ? { name: word.text, negated, values: [] }
          : { name: word.text.slice(0, equals), negated, values: [word.text.slice(equals + 1)] },
      )
      negated = false
    } else {
      const last = options.at(-1)
      if (last === undefined) options.push({ name: '', negated, values: [word.text] })
      else last.values.push(word.text)
    }
  }
  return options
}
