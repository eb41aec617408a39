import { networkInterfaces } from 'node:os'

/** All addresses on the interfaces of this node that are up, without their prefix lengths. */
export function ownAddresses(): ReadonlySet<string> {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return new Set(all.map(({ address }) => address))
}
