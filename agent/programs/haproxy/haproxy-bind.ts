import { familyOf } from '../address.ts'
import type { Family } from '../address.ts'

/** A port on which haproxy.cfg lets haproxy listen. */
export interface HaproxyBind {
  /** From 1, in the file. */
  readonly line: number
  /** As written: `*:80`. */
  readonly text: string
  readonly protocol: 'tcp' | 'udp'
  readonly family: Family
  /** null for any address. */
  readonly address: string | null
  readonly first: number
  readonly last: number
}

/**
 * The `bind` lines of a configuration (configuration manual, "bind"): unix sockets, file
 * descriptors and addresses from the environment are left out.
 */
export function readHaproxyBinds(text: string): readonly HaproxyBind[] {
  return text.split('\n').flatMap((line, index) => {
    const match = /^\s*bind\s+(\S+)(.*)$/.exec(line.replace(/(^|\s)#.*$/, ''))
    if (!match) return []
    const [, addresses = '', options = ''] = match
    return addresses
      .replace(/["']/g, '')
      .split(',')
      .flatMap((address) => readBind(address, options, index + 1))
  })
}

function readBind(text: string, options: string, line: number): readonly HaproxyBind[] {
  const match = /^(?:(quic|udp)?(4|6)?@|(ipv4|ipv6)@)?(.*):(\d+)(?:-(\d+))?$/.exec(text)
  if (!match) return []
  const [, datagram, digit, stream, written = '', first = '', last = first] = match
  const bare = written.replace(/^\[(.*)\]$/, '$1')
  const address = bare === '' || bare === '*' ? null : bare
  const named = digit === '6' || stream === 'ipv6' ? 'ipv6' : 'ipv4'
  const family = address === null ? named : familyOf(address)
  if (family === null) return []
  const isAny = address === null || address === '::' || address === '0.0.0.0'
  const bind = {
    line,
    text,
    protocol: datagram === undefined ? 'tcp' : 'udp',
    address: isAny ? null : address,
    first: Number(first),
    last: Number(last),
  } as const
  const isBoth = isAny && family === 'ipv6' && /(^|\s)v4v6(\s|$)/.test(options)
  return isBoth
    ? [
        { ...bind, family: 'ipv4' },
        { ...bind, family },
      ]
    : [{ ...bind, family }]
}
