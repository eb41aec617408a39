import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** How many connections a server holds. */
export interface ConnectionLimits {
  readonly all: number
  /** Of one address. */
  readonly perAddress: number
}

/** Keeps connections that say nothing from taking the place of those that ask. */
export interface ConnectionGuard {
  /** The client has proven that it is a peer: its connection goes last. */
  trust(socket: Socket): void
}

/**
 * Limits the connections of a server. One too many ends the oldest one that has proven nothing, of its own address
 * first: a client that opens many and stays silent only ends its own, and a peer asks at once.
 */
export function limitConnections(server: Server, limits: ConnectionLimits): ConnectionGuard {
  /** In the order in which they came. */
  const open = new Set<Socket>()
  const trusted = new WeakSet<Socket>()

  function endOldest(among: readonly Socket[]): void {
    const oldest = among.find((socket) => !trusted.has(socket)) ?? among[0]
    oldest?.destroy()
    if (oldest !== undefined) open.delete(oldest)
  }

  server.on('connection', (socket) => {
    open.add(socket)
    socket.on('close', () => void open.delete(socket))
    const own = [...open].filter(({ remoteAddress }) => remoteAddress === socket.remoteAddress)
    if (own.length > limits.perAddress) endOldest(own)
    if (open.size > limits.all) endOldest([...open])
  })
  return { trust: (socket) => void trusted.add(socket) }
}
