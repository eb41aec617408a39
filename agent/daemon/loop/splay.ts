import { createHash } from 'node:crypto'

/**
 * How far behind the schedule this node runs, in milliseconds: the same at every start, other for every
 * pair, so that many nodes don't ask their Git server at once; and spread evenly over the nodes of one
 * pair, so that its nodes don't work at the same time.
 * @param self name in the inventory
 * @param peers names of the hosts that share a VRRP instance with it
 * @param splay milliseconds, the end of which is not reached
 */
export function splayOffset(self: string, peers: readonly string[], splay: number): number {
  const pair = [...new Set([self, ...peers])].sort()
  const share = hash(pair.join('\n')) + pair.indexOf(self) / pair.length
  return Math.floor((share % 1) * splay)
}

/** From 0 to below 1. */
function hash(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32
}
