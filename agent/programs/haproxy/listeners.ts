import { posix } from 'node:path'
import type { Endpoint } from '../endpoint.ts'
import { readBinds } from './binds.ts'
import type { Bind } from './binds.ts'
import type { HaproxyConfig } from './config.ts'

/** What haproxy opens when it starts, and the line that asks for it. */
interface Opened {
  readonly file: string
  readonly line: number
  /** As in the file: `bind *:80`. */
  readonly text: string
  /** Not when it depends on a `.if`, or on an environment, that only haproxy can tell. */
  readonly isCertain: boolean
}

/** An internet socket. */
export interface HaproxyListener extends Opened, Endpoint {
  /** The address as in the file: `*:80`. */
  readonly name: string
  /** It is there for visitors: that of a proxy, not for peers, logs or commands. */
  readonly isPublic: boolean
  /** It may have an address that is not on this node. */
  readonly isTransparent: boolean
}

/** A unix socket that has a file. */
export interface HaproxySocketFile extends Opened {
  readonly path: string
}

/**
 * Every internet socket of this network namespace: of `bind`, `stats socket`, `dgram-bind`, and of the `peer` that
 * is this node itself. Left out are addresses that can't be told from here: host names, descriptors, variables of
 * unknown value.
 * @param bindV6Only the kernel's net.ipv6.bindv6only. Default: false, as in the kernel.
 */
export function readListeners(
  config: HaproxyConfig,
  bindV6Only = false,
): readonly HaproxyListener[] {
  return readBinds(config).flatMap((bind): readonly HaproxyListener[] => {
    const { address, options } = bind
    if (address.type !== 'internet' || options.includes('namespace')) return []
    const { protocol, family, first, last } = address
    const isDual =
      family === 'ipv6' &&
      address.address === null &&
      !options.includes('v6only') &&
      (!bindV6Only || options.includes('v4v6'))
    return [
      {
        ...toOpened(bind),
        name: bind.name,
        isPublic: /^(frontend|listen|backend)$/.test(bind.section.keyword),
        protocol,
        families: isDual ? ['ipv4', 'ipv6'] : [family],
        address: address.address,
        first,
        last,
        device: valueOf('interface', options),
        isTransparent: options.includes('transparent'),
      },
    ]
  })
}

/** Every unix socket that has a file, as `stats socket /run/haproxy/admin.sock`. */
export function readSocketFiles(config: HaproxyConfig): readonly HaproxySocketFile[] {
  return readBinds(config).flatMap((bind) =>
    bind.address.type === 'file'
      ? [{ ...toOpened(bind), path: posix.normalize(bind.address.path) }]
      : [],
  )
}

function toOpened({ line, keyword, name, isCertain }: Bind): Opened {
  return { file: line.file, line: line.line, text: `${keyword} ${name}`, isCertain }
}

function valueOf(option: string, words: readonly string[]): string | null {
  const index = words.indexOf(option)
  return index < 0 ? null : (words[index + 1] ?? null)
}
