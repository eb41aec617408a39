import { familyOf, isSameAddress } from '../../programs/address.ts'
import type { Family } from '../../programs/address.ts'
import type { Endpoint } from '../../programs/endpoint.ts'

/** A socket that waits for connections (TCP) or datagrams (UDP). */
export interface Socket {
  readonly protocol: 'tcp' | 'udp'
  /** Both for an IPv6 socket that takes IPv4 as well. */
  readonly families: readonly Family[]
  /** null for any address. */
  readonly address: string | null
  readonly port: number
  /** It hears this interface alone. */
  readonly device: string | null
  /** Who has it open; empty for the kernel and for processes of containers. */
  readonly pids: readonly number[]
  /** As `ss` shows it. */
  readonly text: string
}

/** Reads `ss -Hlntup`: `tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=37,fd=3))`. */
export function parseSockets(text: string): readonly Socket[] {
  return text.split('\n').flatMap((row): readonly Socket[] => {
    const [protocol, , , , local = ''] = row.trim().split(/\s+/)
    const match = /^(.*):(\d+)$/.exec(local)
    if ((protocol !== 'tcp' && protocol !== 'udp') || !match) return []
    const [, where = '', port = ''] = match
    const [bare = '', device = null] = where.replaceAll(/[[\]]/g, '').split('%')
    const mapped = /^::ffff:([\d.]+)$/.exec(bare)?.[1] ?? bare
    const pids = [...row.matchAll(/\bpid=(\d+)/g)].map(([, pid]) => Number(pid))
    const isAny = mapped === '*' || mapped === '0.0.0.0' || mapped === '::'
    const family = familyOf(mapped)
    if (mapped !== '*' && family === null) return []
    return [
      {
        protocol,
        // ss writes * for an IPv6 socket that is not IPV6_V6ONLY, and [::] for one that is
        families: family === null ? ['ipv4', 'ipv6'] : [family],
        address: isAny ? null : mapped,
        port: Number(port),
        device,
        pids: [...new Set(pids)],
        text: local,
      },
    ]
  })
}

/**
 * Whether the kernel refuses an endpoint while another process has this socket (bind(2), EADDRINUSE);
 * each line tried with haproxy 2.6 and 3.0. A socket with SO_REUSEPORT would be shared instead, and each
 * process get a part of the connections.
 */
export function isInTheWay(socket: Socket, wanted: Endpoint): boolean {
  if (socket.protocol !== wanted.protocol) return false
  if (socket.port < wanted.first || socket.port > wanted.last) return false
  if (socket.device !== null && wanted.device !== null && socket.device !== wanted.device) {
    return false
  }
  if (!socket.families.some((family) => wanted.families.includes(family))) return false
  if (socket.address === null || wanted.address === null) return true
  return isSameAddress(socket.address, wanted.address)
}
