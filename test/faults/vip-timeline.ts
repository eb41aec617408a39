/** An address came to a node or left it, as `ip monitor` of that node tells it. */
export interface AddressEvent {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly node: string
  readonly address: string
  readonly isThere: boolean
}

/** What became of one VIP in a while. */
export interface VipStory {
  /** Milliseconds: the longest time for which no node had it. */
  readonly onNone: number
  /** Milliseconds: the longest time for which more than one node had it. */
  readonly onTwo: number
  /** How often it came to a node. */
  readonly arrivals: number
  /** Milliseconds since the epoch of the first time that it left a node; null: it stayed. */
  readonly left: number | null
  readonly holders: readonly string[]
}

/** A line of `ip -ts -o -4 monitor address`, with times in UTC; null for one that tells of something else. */
export function parseAddressEvent(node: string, line: string): AddressEvent | null {
  const found = /^\[(\S+?)\] (Deleted )?\d+: \S+\s+inet ([\d.]+)/.exec(line)
  if (!found) return null
  const [, time, deleted, address] = found
  if (time === undefined || address === undefined) return null
  return { at: Date.parse(`${time}Z`), node, address, isThere: deleted === undefined }
}

/**
 * Tells the story of one VIP.
 * @param holders the nodes that had it at first
 * @param events of this address, in any order
 */
export function tellStory(
  holders: readonly string[],
  events: readonly AddressEvent[],
  from: number,
  to: number,
): VipStory {
  const current = new Set(holders)
  let [onNone, onTwo, arrivals, before] = [0, 0, 0, from]
  let left: number | null = null
  const pass = (at: number): void => {
    if (current.size === 0) onNone = Math.max(onNone, at - before)
    if (current.size > 1) onTwo = Math.max(onTwo, at - before)
  }
  for (const { at, node, isThere } of events.toSorted((a, b) => a.at - b.at)) {
    if (at < from || at > to) continue
    // Told again of what it has: keepalived changes the lifetime of an address without moving it
    if (current.has(node) === isThere) continue
    pass(at)
    const wasOne = current.size
    if (isThere) current.add(node)
    else current.delete(node)
    if (isThere) arrivals += 1
    else left ??= at
    // From two to three or back goes on being on two
    if (Math.min(wasOne, 2) !== Math.min(current.size, 2)) before = at
  }
  pass(to)
  return { onNone, onTwo, arrivals, left, holders: [...current].sort() }
}
