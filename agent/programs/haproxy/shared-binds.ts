import { isDeepStrictEqual } from 'node:util'
import { isSameAddress } from '../address.ts'
import type { BindAddress } from './bind-address.ts'
import { readBinds } from './binds.ts'
import type { Bind } from './binds.ts'
import type { HaproxyConfig } from './config.ts'

/** Two binds on one address and port. */
export interface SharedBind {
  readonly first: Bind
  readonly second: Bind
  /**
   * - `shared`: the kernel deals connections out to both by chance (SO_REUSEPORT).
   * - `replaced`: the file of the second socket takes the place of that of the first.
   * - `refused`: haproxy does not start.
   * - `same`: shared, and both do the same, so that it is of no consequence.
   */
  readonly outcome: 'shared' | 'replaced' | 'refused' | 'same'
}

/**
 * Binds that are in each other's way, which `haproxy -c` accepts (tried with 2.6). Not among them are a wildcard and
 * an address, `::` and `*`, and one of an interface beside one of all: there the kernel knows which one is meant. Nor
 * is a port that a section opens several times for several threads.
 */
export function findSharedBinds(config: HaproxyConfig): readonly SharedBind[] {
  const binds = readBinds(config).filter(({ isCertain }) => isCertain)
  const hasNoReuse = config.sections.some(
    ({ keyword, lines }) =>
      keyword === 'global' && lines.some(({ words: [first] }) => first === 'noreuseport'),
  )
  return binds.flatMap((second, index) => {
    const first = binds.slice(0, index).find((one) => isShared(one, second))
    if (first === undefined || isSplit(first, second)) return []
    return [{ first, second, outcome: outcomeOf(first, second, hasNoReuse) }]
  })
}

function isShared(one: Bind, other: Bind): boolean {
  const places = ['interface', 'namespace'] as const
  const isElsewhere = places.some((place) => valueOf(place, one) !== valueOf(place, other))
  return !isElsewhere && isSameSocket(one, other)
}

function isSameSocket(one: Bind, other: Bind): boolean {
  const [a, b] = [one.address, other.address]
  if (a.type === 'internet' && b.type === 'internet') return isSamePort(a, b)
  if (a.type === 'file' && b.type === 'file') return a.path === b.path
  // A name, or a variable, that is the same in both; a descriptor is given from elsewhere
  return a.type === b.type && one.name === other.name && !/^(fd|sockpair)@/.test(one.name)
}

type Internet = Extract<BindAddress, { readonly type: 'internet' }>

function isSamePort(a: Internet, b: Internet): boolean {
  if (a.protocol !== b.protocol || a.family !== b.family) return false
  if (a.last < b.first || b.last < a.first) return false
  if (a.address === null || b.address === null) return a.address === b.address
  return isSameAddress(a.address, b.address)
}

/** Each has threads of its own: what `thread` and `process` are for. */
function isSplit(one: Bind, other: Bind): boolean {
  const isBound = ({ options }: Bind): boolean =>
    options.includes('thread') || options.includes('process')
  return isSame(one, other) && isBound(one) && isBound(other)
}

function outcomeOf(one: Bind, other: Bind, hasNoReuse: boolean): SharedBind['outcome'] {
  if (one.address.type === 'file') return 'replaced'
  if (hasNoReuse || /^abnsz?@/.test(one.name)) return 'refused'
  return isSame(one, other) ? 'same' : 'shared'
}

/** What does not matter to a client that is connected. */
const inner = ['thread', 'process', 'id', 'name', 'shards', 'maxconn', 'backlog', 'nice']

/** A client meets the same, whichever of both takes the connection. */
function isSame(one: Bind, other: Bind): boolean {
  const outer = ({ options }: Bind): readonly string[] =>
    options.filter((word, index) => !isInner(word) && !isInner(options[index - 1] ?? ''))
  return one.section === other.section && isDeepStrictEqual(outer(one), outer(other))
}

function isInner(word: string): boolean {
  return inner.includes(word)
}

function valueOf(option: string, { options }: Bind): string | null {
  const index = options.indexOf(option)
  return index < 0 ? null : (options[index + 1] ?? null)
}
