import type { Listener } from '../resources/service/listening.ts'

/** An address of haproxy's configuration, and the sockets that must listen for it, at both ends of a range. */
export interface WatchedBind {
  readonly name: string
  readonly ends: readonly Listener[]
}

/** What is known of the addresses of haproxy's configuration. */
export interface BindSight {
  readonly closed: readonly string[]
  /** All of them are. */
  readonly isDeaf: boolean
}

/**
 * Checks a worker's addresses in turn, one at each call: one that is open proves that haproxy is not deaf.
 * When it is closed, all are checked at once.
 * @param isListened whether somebody listens there
 */
export function createBindCheck(
  binds: readonly WatchedBind[],
  isListened: (address: string, port: number) => Promise<boolean>,
): (isThorough: boolean) => Promise<BindSight> {
  const closed = new Set<string>()
  const names = new Set(binds.map(({ name }) => name))
  let next = 0

  const check = async ({ name, ends }: WatchedBind): Promise<boolean> => {
    for (const { address, port } of ends) {
      if (await isListened(address, port)) continue
      closed.add(name)
      return false
    }
    closed.delete(name)
    return true
  }

  return async (isThorough) => {
    const bind = binds[next % Math.max(1, binds.length)]
    next += 1
    const isOpen = bind === undefined || (await check(bind))
    if (isThorough || !isOpen) for (const other of binds) if (other !== bind) await check(other)
    const inOrder = [...names].filter((name) => closed.has(name))
    return { closed: inOrder, isDeaf: names.size > 0 && closed.size === names.size }
  }
}
