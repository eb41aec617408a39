import type { Endpoint } from '../../programs/endpoint.ts'
import type { NodeView, Process } from './node-view.ts'
import { isInTheWay } from './socket.ts'
import type { Socket } from './socket.ts'
import { isStopped } from './wanted.ts'
import type { Wanted } from './wanted.ts'

/** Who has the socket that a service is to open. */
export interface Holder {
  readonly socket: Socket
  /** null for the kernel, and for a process that this node does not show. */
  readonly process: Process | null
  /** This run also manages its unit, so that it may let go of the socket. */
  readonly isManaged: boolean
}

/**
 * Processes other than the service's own that have an endpoint. Left out are those that this run ends: of
 * units that are to be stopped, and of an executable that only the service may serve with.
 */
export function findHolders(
  endpoint: Endpoint,
  unit: string,
  wanted: Wanted,
  node: NodeView,
): readonly Holder[] {
  const inTheWay = (node.sockets ?? []).filter((socket) => isInTheWay(socket, endpoint))
  return inTheWay.flatMap((socket): readonly Holder[] => {
    if (socket.pids.length === 0) return [{ socket, process: null, isManaged: false }]
    // One that has ended meanwhile holds nothing
    const processes = socket.pids.flatMap((pid) => node.processes.get(pid) ?? [])
    const process = processes.find((one) => !goes(one, unit, wanted))
    if (process === undefined || processes.some((one) => one.unit === unit)) return []
    return [{ socket, process, isManaged: isManaged(process, wanted) }]
  })
}

/** `nginx.service (pid 812: nginx -g daemon off;) has *:80`. */
export function showHolder({ process, socket }: Holder): string {
  if (process === null) {
    return `a process that is not seen from here, such as one of a container, has ${socket.text}`
  }
  const { pid, command, unit } = process
  const who = `pid ${pid} (${command === '' ? 'without a command line' : shorten(command)})`
  return `${who}${unit === null ? '' : ` of ${unit}`} has ${socket.text}`
}

/** What a person does about it. */
export function adviseHolder({ process }: Holder): string {
  if (process === null) return 'find and end it'
  if (process.unit?.endsWith('.service')) return `"systemctl disable --now ${process.unit}"`
  return process.pid === 1 ? 'disable the socket unit that systemd listens for' : 'end it'
}

/** It is the service's own, or this run ends it. */
function goes(process: Process, unit: string, wanted: Wanted): boolean {
  if (process.unit === unit) return true
  if (process.unit !== null && isStopped(wanted, process.unit)) return true
  const { executable } = process
  return executable !== null && wanted.units.some(({ exclusive }) => exclusive === executable)
}

/** Sockets of pid 1 belong to socket units, whose names a process doesn't tell. */
function isManaged(process: Process, wanted: Wanted): boolean {
  const isIt = (unit: string): boolean =>
    process.pid === 1 ? unit.endsWith('.socket') : unit === process.unit
  return wanted.units.some(({ name }) => isIt(name))
}

function shorten(command: string): string {
  return command.length > 80 ? `${command.slice(0, 79)}…` : command
}
