import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import * as v from 'valibot'
import { parseJson } from './parse-json.ts'
import type { System } from './system.ts'

/** 1 s: the kernel asks each second, up to three times; who is there answers within milliseconds. */
const patience = 1_000
/** The port of discard (RFC 863): nobody minds what arrives there. */
const port = 9

const rows = v.array(
  v.object({ lladdr: v.optional(v.string()), state: v.optional(v.array(v.string()), []) }),
)

/**
 * The hardware address of whoever has an address on the link of an interface, asked for anew: what the kernel
 * remembers may be of yesterday. It is the kernel that asks (ARP, neighbour discovery), since a datagram is
 * to be sent there.
 * @returns null when nobody answers within 1 s, or the address is not on this link
 */
export async function askNeighbour(
  address: string,
  device: string,
  system: Pick<System, 'run' | 'sleep' | 'now'>,
): Promise<string | null> {
  await system.run(['ip', 'neigh', 'del', address, 'dev', device])
  await sendTo(address)
  const deadline = system.now() + patience
  for (;;) {
    const { code, stdout } = await system.run([
      'ip',
      '-json',
      'neigh',
      'show',
      address,
      'dev',
      device,
    ])
    const parsed = v.safeParse(rows, parseJson(stdout))
    const [row] = code === 0 && parsed.success ? parsed.output : []
    if (row?.lladdr !== undefined && !row.state.includes('FAILED')) return row.lladdr.toLowerCase()
    if (system.now() >= deadline) return null
    await system.sleep(50)
  }
}

/** That it can't be sent is no answer, either. */
function sendTo(address: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
    socket.on('error', () => {})
    socket.send(Buffer.alloc(1), port, address, () => {
      socket.close()
      resolve()
    })
  })
}
