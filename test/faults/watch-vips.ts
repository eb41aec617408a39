import type { Lab, Started } from '../lab/lab.ts'
import type { NodeShell } from './node-shell.ts'
import { parseAddressEvent, tellStory } from './vip-timeline.ts'
import type { AddressEvent, VipStory } from './vip-timeline.ts'

/** Tells which node had which VIP when: the kernel of each node reports every change. */
export interface VipWatch {
  /** Starts a new while. @throws Error when a node has no shell */
  begin(): Promise<void>
  /** What became of each VIP since `begin`, by address. */
  stories(): Readonly<Record<string, VipStory>>
  /** A node's kernel has to be asked anew after its boot. */
  follow(node: string): void
  stop(): Promise<void>
}

/** @param shells of the nodes that run */
export function watchVips(
  lab: Lab,
  vips: readonly string[],
  shells: ReadonlyMap<string, NodeShell>,
): VipWatch {
  let events: AddressEvent[] = []
  let start = Date.now()
  let holders: Record<string, readonly string[]> = {}
  const monitors = new Map<string, Started>()
  const follow = (node: string): void => {
    const command = 'TZ=UTC ip -ts -o -4 monitor address & read -r _; kill $!'
    const monitor = lab.start(node, command, (line) => {
      const event = parseAddressEvent(node, line)
      if (event !== null) events.push(event)
    })
    monitors.set(node, monitor)
  }
  for (const node of shells.keys()) follow(node)
  return {
    follow,
    async begin() {
      const had = await Promise.all(
        [...shells].map(async ([node, shell]) => {
          return [node, await shell.run('ip -o -4 address')] as const
        }),
      )
      holders = Object.fromEntries(
        vips.map((vip) => {
          const nodes = had.filter(([, text]) => text.includes(` ${vip}/`)).map(([node]) => node)
          return [vip, nodes]
        }),
      )
      events = []
      start = Date.now()
    },
    stories() {
      const story = (vip: string): VipStory => {
        const own = events.filter(({ address }) => address === vip)
        return tellStory(holders[vip] ?? [], own, start, Date.now())
      }
      return Object.fromEntries(vips.map((vip) => [vip, story(vip)]))
    },
    async stop() {
      await Promise.all([...monitors.values()].map((monitor) => monitor.stop()))
    },
  }
}
