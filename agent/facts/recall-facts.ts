import type { Facts } from './fact.ts'

/** Addresses that come and go with VIPs: that one is missing is no loss. */
const passing = ['ipv4_secondaries']

/**
 * Facts as they are now, and as they were at the last good run where this node has lost one since: its default
 * route, an address, /etc/os-release. What a release was good with must not make it a bad one, and to leave
 * drift alone for want of a route would be worse than to go by the route of a minute ago.
 * @param before facts that the last good run has used
 * @param onLost called when one of them is read that is lost
 */
export function recallFacts(facts: Facts, before: Facts, onLost: (name: string) => void): Facts {
  const descriptors: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(facts)
  for (const [name, known] of Object.entries(before)) {
    const get = (): unknown => {
      const now = facts[name]
      if (!isLost(known, now)) return now
      onLost(name)
      return known
    }
    descriptors[name] = { get, enumerable: true }
  }
  return Object.defineProperties({}, descriptors)
}

/**
 * Whether a value is there no longer, or lacks a part that it had. One that is merely another is news, however
 * unwelcome: a node goes by what is.
 */
function isLost(known: unknown, now: unknown): boolean {
  if (isEmpty(now)) return !isEmpty(known)
  if (!isMap(known) || !isMap(now)) return false
  return Object.entries(known).some(
    ([key, value]) => !passing.includes(key) && isLost(value, now[key]),
  )
}

function isEmpty(value: unknown): boolean {
  if (isMap(value)) return Object.keys(value).length === 0
  return value === undefined || value === null || value === '' || isEmptyList(value)
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What an operator has to know of a fact that is lost. @param file that remembers it */
export function sayLostFact(name: string, file: string): string {
  return `this node has lost facts.${name}, and its value of the last good run is used: "evenkeel facts", "ip route" and "ip address" show what is there now; if it is gone for good, "rm ${file}" forgets it`
}
