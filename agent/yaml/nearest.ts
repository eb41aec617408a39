/** `; did you mean "weight"?` when one of the known names is close, else a list of a few of them. */
export function nearest(name: string, known: readonly string[]): string {
  const meant = nearestName(name, known)
  if (meant !== null) return `; did you mean "${meant}"?`
  return known.length > 0 && known.length <= 20 ? `; there are: ${known.join(', ')}` : ''
}

/** The known name that a person most likely meant; null when none is close. */
export function nearestName(name: string, known: readonly string[]): string | null {
  const ranked = known
    .map((other) => ({ other, distance: distance(name, other) }))
    .sort((a, b) => a.distance - b.distance)
  const [best] = ranked
  // A third of the letters: enough for a typo or a missing s, too little for another word.
  return best !== undefined && best.distance <= Math.max(2, name.length / 3) ? best.other : null
}

/** Levenshtein distance: single letters inserted, removed or replaced. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
