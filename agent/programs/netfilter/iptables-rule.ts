/** IP version; iptables and ip6tables keep their rules apart. */
export type Family = 'ipv4' | 'ipv6'

export const families: readonly Family[] = ['ipv4', 'ipv6']

/** One option of a rule with the word after it, `-s` and `10.0.0.1`; a word alone has no name. */
interface Option {
  readonly name: string
  readonly value: string
}

/** What a rule's text says of itself. */
export interface RuleFacts {
  /** The families that it can be of: one where an address or protocol belongs to one. */
  readonly families: readonly Family[]
  /** What `-j` or `-g` names; null for a rule that only counts or marks. */
  readonly target: string | null
  /** `-g`: the packet does not come back. */
  readonly isGoto: boolean
}

/**
 * Splits a rule into words as iptables-restore does (libxtables, `add_param_to_argv`): only double quotes
 * join words, and a backslash escapes inside them alone. null when a quote is never closed, which
 * iptables-restore takes for a word that swallows the rest of the rule.
 */
export function splitRule(text: string): readonly string[] | null {
  const words: string[] = []
  let word = ''
  let isQuoted = false
  let isOpen = false
  const close = (): void => {
    if (word !== '' || isQuoted) words.push(word)
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
    } else if (!isOpen && /\s/.test(letter)) close()
    else word += letter
  }
  close()
  return isOpen ? null : words
}

/** Reads what matters to us of a rule that iptables-save printed or {@link findRuleFault} passed. */
export function readRule(text: string): RuleFacts {
  const options = readOptions(splitRule(text) ?? [])
  const bound = new Set(options.flatMap(familiesOf))
  const isPossible = (family: Family): boolean => bound.size === 0 || bound.has(family)
  const jump = options.findLast(({ name }) => jumps.has(name) || gotos.has(name))
  return {
    families: families.filter(isPossible),
    target: jump?.value ?? null,
    isGoto: jump !== undefined && gotos.has(jump.name),
  }
}

/** What is wrong with a rule as a task gives it, apart from what iptables says; null when nothing is. */
export function findRuleFault(text: string): string | null {
  // A line break would begin a command of its own.
  if (/\p{Cc}/u.test(text.replaceAll('\t', ' '))) return 'expected a rule on one line'
  const words = splitRule(text)
  if (words === null) return 'a double quote is not closed'
  const [first] = words
  if (first === undefined) return 'expected a rule such as -p tcp --dport 80 -j ACCEPT'
  if (/^(-[ACDEFILNPRSXZ]|--(append|insert|delete|replace|new-chain|policy))$/.test(first)) {
    return `leave out ${first} and its chain; rules follow each other in the order of the list`
  }
  if (words.some((word) => /^--(match|add|del|map)-set$/.test(word))) {
    return 'sets of ipset are not managed, and a rule fails without its set; write the addresses'
  }
  const options = readOptions(words)
  const name = options.flatMap(addressesOf).find((address) => addressFamily(address) === null)
  if (name !== undefined) {
    return `"${name}" would be looked up once and then never again; write its address`
  }
  const isMixed = new Set(options.flatMap(familiesOf)).size > 1
  return isMixed ? 'has an IPv4 and an IPv6 part, so no packet can match; make it two rules' : null
}

const jumps = new Set(['-j', '--jump'])
const gotos = new Set(['-g', '--goto'])
const addressOptions = new Set(['-s', '-d', '--source', '--src', '--destination', '--dst'])
const protocolOptions = new Set(['-p', '--protocol', '--proto'])

/** Their value is text, which may begin like an option. */
const textOptions = new Set(['--comment', '--log-prefix', '--nflog-prefix', '--string'])

function readOptions(words: readonly string[]): readonly Option[] {
  const options: Option[] = []
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    // getopt also takes `--source=10.0.0.1` and `-s10.0.0.1`.
    const glued = /^(--[a-z-]+)=(.*)$/.exec(word) ?? /^(-[sdpjg])(.+)$/.exec(word)
    if (glued !== null) options.push({ name: glued[1] ?? '', value: glued[2] ?? '' })
    else if (word.startsWith('-')) options.push({ name: word, value: words[index + 1] ?? '' })
    if (textOptions.has(word)) index++
  }
  return options
}

function addressesOf({ name, value }: Option): readonly string[] {
  return addressOptions.has(name) ? value.split(',') : []
}

/** The families that an option binds its rule to; none where it fits both. */
function familiesOf(option: Option): readonly Family[] {
  if (protocolOptions.has(option.name)) {
    if (option.value === 'icmp') return ['ipv4']
    return /^(icmpv6|icmp6|ipv6-icmp)$/.test(option.value) ? ['ipv6'] : []
  }
  return addressesOf(option).flatMap((address) => addressFamily(address) ?? [])
}

/** Only tells the family: iptables judges the rest. null for a name. */
function addressFamily(address: string): Family | null {
  const [host = ''] = address.split('/')
  if (/^\d+(\.\d+){0,3}$/.test(host)) return 'ipv4'
  return host.includes(':') ? 'ipv6' : null
}
