import { familyOfWord } from '../address.ts'
import { addressesOf, familiesOf } from './rule.ts'
import { readOptions, splitRule } from './words.ts'

/** What is wrong with a rule as a task gives it, apart from what iptables says; null when nothing is. */
export function findRuleFault(text: string): string | null {
  // A line break would begin a command of its own.
  if (/\p{Cc}/u.test(text.replaceAll('\t', ' '))) return 'expected a rule on one line'
  const words = splitRule(text)
  if (words === null) return 'a double quote is not closed'
  const first = words[0]?.text
  if (first === undefined) return 'expected a rule such as -p tcp --dport 80 -j ACCEPT'
  if (/^(-[ACDEFILNPRSXZ]|--(append|insert|delete|replace|new-chain|policy))$/.test(first)) {
    return `leave out ${first} and its chain; rules follow each other in the order of the list`
  }
  if (words.some((word) => /^--(match|add|del|map)-set$/.test(word.text))) {
    return 'sets of ipset are not managed, and a rule fails without its set; write the addresses'
  }
  const options = readOptions(words)
  const foreign = options.find(({ name }) => isCommand(name))
  if (foreign !== undefined) {
    return `leave out ${foreign.name}: a rule says what to match and what to do (-j); its chain and table are those of the task`
  }
  const name = options.flatMap(addressesOf).find((address) => familyOfWord(address) === null)
  if (name !== undefined) {
    return `"${name}" would be looked up once and then never again; write its address`
  }
  const isMixed = new Set(options.flatMap(familiesOf)).size > 1
  return isMixed ? 'has an IPv4 and an IPv6 part, so no packet can match; make it two rules' : null
}

/** Options of iptables that act on tables, or on iptables itself: iptables(8). */
const commands = (
  'append check delete delete-chain exact flush help insert line-numbers list list-rules list-chains modprobe new-chain ' +
  'numeric policy rename-chain replace table verbose version wait wait-interval zero noflush'
).split(' ')

/**
 * Such an option would act elsewhere: `-A INPUT` in a rule puts it into that chain, `--modprobe` runs a program.
 * Wherever it stands, and short of its end, as getopt takes it (`--modp`), or with its value behind it (`-tnat`).
 */
function isCommand(option: string): boolean {
  if (!option.startsWith('--')) return /^-[ACDEFILMNPRSVXZhntvwx]/.test(option)
  const word = option.slice(2)
  // `-m policy` has an option of its own that begins like `--policy`
  return word !== 'pol' && commands.some((one) => one.startsWith(word))
}
