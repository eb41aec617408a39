import { parseBindAddress } from './bind-address.ts'
import type { BindAddress } from './bind-address.ts'
import { linesOf } from './config.ts'
import type { HaproxyConfig } from './config.ts'
import type { ConfigLine } from './lines.ts'
import type { Section } from './sections.ts'

/** One address that haproxy listens on. */
export interface Bind {
  readonly section: Section
  readonly line: ConfigLine
  /** `bind`, `stats socket`, `peer lb1`, `dgram-bind`. */
  readonly keyword: string
  /** As in the file: `*:80`. */
  readonly name: string
  readonly address: BindAddress
  /** The words behind the addresses. */
  readonly options: readonly string[]
  /** Not when it depends on something that only haproxy can tell. */
  readonly isCertain: boolean
}

/** A line's part in this: which of its words are addresses. */
interface Request {
  readonly line: ConfigLine
  readonly keyword: string
  readonly addresses: string
  readonly options: readonly string[]
  readonly isCertain?: boolean
}

/** All that haproxy listens on, in the order of the files: wherever it calls str2listener or str2receiver. */
export function readBinds({ sections, localPeer }: HaproxyConfig): readonly Bind[] {
  const prefix = unixPrefix(sections)
  return sections.flatMap((section) => {
    if (section.isDisabled === true) return []
    return requestsOf(section, localPeer).flatMap((request): readonly Bind[] => {
      const { line, keyword, options } = request
      const isCertain =
        line.isCertain && section.isDisabled === false && (request.isCertain ?? true)
      return request.addresses
        .split(',')
        .filter((name) => name !== '')
        .map((name) => {
          const address = parseBindAddress(name, keyword === 'dgram-bind')
          const isBelow = address.type === 'file' && keyword !== 'stats socket'
          return {
            section,
            line,
            keyword,
            name,
            address: isBelow ? { type: 'file', path: prefix + address.path } : address,
            options,
            isCertain,
          }
        })
    })
  })
}

function requestsOf(section: Section, localPeer: string | null): readonly Request[] {
  switch (section.keyword) {
    // haproxy warns of one in a backend, and listens
    case 'backend':
    case 'frontend':
    case 'listen':
      return linesWith(section, 'bind').map(toRequest)
    case 'log-forward':
      return section.lines
        .filter(({ words }) => /^(dgram-)?bind$/.test(words[0] ?? ''))
        .map(toRequest)
    case 'global':
      return linesWith(section, 'stats', 'socket').map((line) => {
        const [, , addresses = '', ...options] = line.words
        return { line, keyword: 'stats socket', addresses, options }
      })
    case 'peers':
      return peerRequests(section, localPeer)
    default:
      return []
  }
}

function toRequest(line: ConfigLine): Request {
  const [keyword = '', addresses = '', ...options] = line.words
  return { line, keyword, addresses, options }
}

/**
 * haproxy listens for its peers only if one of them is itself: on the address of that `peer`, or where a `bind`
 * says; otherwise it removes the section as "incomplete".
 */
function peerRequests(section: Section, localPeer: string | null): readonly Request[] {
  const named = section.lines.filter(({ words }) => /^(peer|server)$/.test(words[0] ?? ''))
  const own = named.filter(({ words }) => localPeer === null || words[1] === localPeer)
  const isCertain = localPeer !== null && own.some((line) => line.isCertain)
  if (own.length === 0) return []
  return [
    ...linesWith(section, 'bind').map((line) => ({ ...toRequest(line), isCertain })),
    ...own
      .filter(({ words }) => words[0] === 'peer')
      .map((line) => {
        const [, name = '', addresses = '', ...options] = line.words
        const keyword = `peer ${name}`
        return { line, keyword, addresses, options, isCertain: localPeer !== null }
      }),
  ]
}

function linesWith({ lines }: Section, ...begin: readonly string[]): readonly ConfigLine[] {
  return lines.filter(({ words }) => begin.every((word, index) => words[index] === word))
}

/** What stands before the path of each unix socket but those of `stats socket`: `unix-bind prefix /run/haproxy`. */
function unixPrefix(sections: readonly Section[]): string {
  const words = linesOf(sections, 'global').findLast(
    ({ words: [first] }) => first === 'unix-bind',
  )?.words
  const at = words?.indexOf('prefix') ?? -1
  return at < 0 ? '' : (words?.[at + 1] ?? '')
}
