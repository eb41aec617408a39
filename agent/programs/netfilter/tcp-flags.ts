/** Of the flags in `mask`, exactly those in `set` must be set. */
export interface TcpFlags {
  readonly mask: readonly string[]
  readonly set: readonly string[]
}

const allFlags = ['SYN', 'ACK', 'FIN', 'RST', 'URG', 'PSH']

/** Reads the two lists of `--tcp-flags`; null when a word is not a flag. */
export function parseTcpFlags(mask: string, set: string): TcpFlags | null {
  const flags = { mask: flagList(mask), set: flagList(set) }
  const isKnown = [...flags.mask, ...flags.set].every((flag) => allFlags.includes(flag))
  return isKnown ? flags : null
}

/** Whether a segment with these flags matches. */
export function hasTcpFlags(flags: TcpFlags, segment: readonly string[]): boolean {
  return flags.mask.every((flag) => segment.includes(flag) === flags.set.includes(flag))
}

function flagList(text: string): readonly string[] {
  const words = text.toUpperCase().split(',')
  if (words.includes('ALL')) return allFlags
  return words.filter((word) => word !== 'NONE')
}
