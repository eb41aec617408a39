/** From this version on keepalived goes by adverts with another list of VIPs, with a warning (af103930). */
const firstLenient = [2, 3, 3] as const

/** `2.2.7` of what `keepalived --version` prints: `Keepalived v2.2.7 (01/16,2022)`; null: it is no keepalived. */
export function parseKeepalivedVersion(text: string): string | null {
  return /^Keepalived v(\d+(?:\.\d+)+)/m.exec(text)?.[1] ?? null
}

/** Whether a keepalived accepts adverts with other VIPs than its own. @param version null: unknown, so that it may not */
export function acceptsOtherVips(version: string | null): boolean {
  const numbers = (version ?? '').split('.').map(Number)
  for (const [index, wanted] of firstLenient.entries()) {
    const number = numbers[index] ?? 0
    if (Number.isNaN(number)) return false
    if (number !== wanted) return number > wanted
  }
  return true
}
