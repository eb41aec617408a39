import type { Facts } from './fact.ts'

/** Facts that something was worked out from: it holds for as long as they are the same. */
export interface FactsRead {
  /** The facts, which are noted down as they are read. */
  watch(facts: Facts): Facts
  /** Whether all that was read is the same now. May throw FactNeeded, like any reading. */
  areSame(facts: Facts): boolean
  /** Those that were there, with their values. */
  values(): Facts
}

/** Notes down which facts are read: by their names, so that a part of one counts as the whole. */
export function noteFactsRead(): FactsRead {
  const read = new Map<string, string>()
  let names: string | null = null
  return {
    watch(facts) {
      const note = (name: string | symbol): void => {
        if (typeof name === 'string') read.set(name, textOf(facts, name))
      }
      return new Proxy(facts, {
        get(target, name) {
          note(name)
          return Reflect.get(target, name) as unknown
        },
        has(target, name) {
          note(name)
          return Reflect.has(target, name)
        },
        ownKeys(target) {
          names = namesOf(facts)
          return Reflect.ownKeys(target)
        },
      })
    },
    areSame: (facts) =>
      (names === null || names === namesOf(facts)) &&
      [...read].every(([name, text]) => textOf(facts, name) === text),
    values: () =>
      Object.fromEntries(
        [...read]
          .filter(([, text]) => text !== absent)
          .map(([name, text]): [string, unknown] => [name, JSON.parse(text)]),
      ),
  }
}

/** No JSON. */
const absent = 'absent'

function textOf(facts: Facts, name: string): string {
  return JSON.stringify(facts[name]) ?? absent
}

function namesOf(facts: Facts): string {
  return Object.keys(facts).join(' ')
}
