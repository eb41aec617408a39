import { posix } from 'node:path'
import type { Endpoint } from '../endpoint.ts'
import { readHaproxyBinds } from './haproxy-bind.ts'
import { findGlobal } from './haproxy-lines.ts'
import type { HaproxyLine } from './haproxy-lines.ts'

/** A socket that haproxy opens when it starts, with the line that asks for it. */
export interface HaproxyListener extends Endpoint {
  readonly line: number
  /** As in the file: `bind *:80`. */
  readonly text: string
  /** It may have an address that is not on this node. */
  readonly isTransparent: boolean
}

/** A unix socket that haproxy makes when it starts. */
export interface HaproxySocketFile {
  readonly line: number
  readonly text: string
  readonly path: string
}

/**
 * Every internet socket: `bind`, `stats socket`, `dgram-bind`, and the `peer` that is this node itself.
 * @param hostName what haproxy takes for its own peer unless `localpeer` names one
 * @param bindV6Only the kernel's net.ipv6.bindv6only
 */
export function readHaproxyListeners(
  lines: readonly HaproxyLine[],
  hostName: string,
  bindV6Only: boolean,
): readonly HaproxyListener[] {
  const localPeer = findGlobal(lines, 'localpeer')?.words[1] ?? hostName
  return lines.flatMap((line): readonly HaproxyListener[] => {
    const found = toBind(line, localPeer)
    if (found === null || found.options.includes('namespace')) return []
    const { keyword, address, options } = found
    return readHaproxyBinds(`bind ${address}`).map((bind) => {
      const isDual =
        bind.family === 'ipv6' &&
        bind.address === null &&
        !options.includes('v6only') &&
        (!bindV6Only || options.includes('v4v6'))
      return {
        line: line.line,
        text: `${keyword} ${bind.text.replace(/^udp@/, '')}`,
        protocol: bind.protocol,
        families: isDual ? ['ipv4', 'ipv6'] : [bind.family],
        address: bind.address,
        first: bind.first,
        last: bind.last,
        device: valueOf('interface', options),
        isTransparent: options.includes('transparent'),
      } as const
    })
  })
}

/** Every unix socket that has a file, as `stats socket /run/haproxy/admin.sock`. */
export function readHaproxySocketFiles(
  lines: readonly HaproxyLine[],
): readonly HaproxySocketFile[] {
  const unix = findGlobal(lines, 'unix-bind')?.words ?? []
  const prefix = valueOf('prefix', unix) ?? ''
  return lines.flatMap((line) => {
    const found = toBind(line, '')
    if (found === null) return []
    return found.address.split(',').flatMap((address): readonly HaproxySocketFile[] => {
      const path = /^(?:unix@)?(\/.*)$/.exec(address)?.[1]
      if (path === undefined) return []
      return [
        {
          line: line.line,
          text: `${found.keyword} ${address}`,
          path: posix.normalize(prefix + path),
        },
      ]
    })
  })
}

interface BindWords {
  readonly keyword: string
  /** In the words of `bind`. */
  readonly address: string
  readonly options: readonly string[]
}

function toBind({ section, words }: HaproxyLine, localPeer: string): BindWords | null {
  const [first, second = '', third = '', ...rest] = words
  if (first === 'bind') return { keyword: 'bind', address: second, options: [third, ...rest] }
  if (first === 'stats' && second === 'socket') {
    return { keyword: 'stats socket', address: third, options: rest }
  }
  if (first === 'dgram-bind') {
    return { keyword: 'dgram-bind', address: `udp@${second}`, options: [third, ...rest] }
  }
  const isPeer = section === 'peers' && (first === 'peer' || first === 'server')
  // A peer without an address leaves that to a bind line
  if (!isPeer || second !== localPeer || !third.includes(':')) return null
  return { keyword: `peer ${second}`, address: third, options: rest }
}

function valueOf(option: string, words: readonly string[]): string | null {
  const index = words.indexOf(option)
  return index < 0 ? null : (words[index + 1] ?? null)
}
