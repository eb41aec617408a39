import { connect, isIPv6 } from 'node:net'

/** Milliseconds; only where nobody listens does anything wait at all. */
const patience = 200
/** `discard`: nobody should be there, and whoever is throws away what comes. */
const closedPort = 9

/**
 * Whether somebody listens on a TCP address of this node, without a connection to them and without reading
 * /proc/net/tcp, for which the kernel walks through its table of all connections (4 ms, measured). A
 * connection is begun whose near end has that address and port: the kernel refuses this while there is
 * a listener (EADDRINUSE, inet_csk_bind_conflict), and only then. Otherwise it goes to a closed port of
 * the loopback. As long as haproxy serves, not one packet is sent.
 * @param address 0.0.0.0 and :: stand for any
 */
export function isListened(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const loopback = isIPv6(address) ? '::1' : '127.0.0.1'
    const isAny = address === '0.0.0.0' || address === '::'
    const connection = connect({
      host: loopback,
      port: closedPort,
      localAddress: isAny ? loopback : address,
      localPort: port,
    })
    const finish = (answer: boolean): void => {
      clearTimeout(timer)
      connection.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => finish(false), patience)
    connection.on('connect', () => finish(false))
    // Not our address, or not for us to use: then this can't tell
    connection.on('error', ({ code }: NodeJS.ErrnoException) =>
      finish(code === 'EADDRINUSE' || code === 'EADDRNOTAVAIL' || code === 'EACCES'),
    )
  })
}
