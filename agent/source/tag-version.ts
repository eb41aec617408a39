/**
 * Orders tags by the versions in their names, for `sort`: numbers by their value, and `v2.0-rc1`, `v2.0-rc2`
 * before `v2.0` (as semver has it, and `git tag --sort=version:refname` with `versionsort.suffix=-`).
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)]
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [x, y] = [left[at], right[at]]
    if (x === y) continue
    // The end of a name comes behind a pre-release and before everything else
    if (x === undefined) return y === '-' ? 1 : -1
    if (y === undefined) return x === '-' ? -1 : 1
    if (x === '-' || y === '-') return x === '-' ? -1 : 1
    const [m, n] = [Number(x), Number(y)]
    if (m !== n && !Number.isNaN(m) && !Number.isNaN(n)) return m - n
    return x < y ? -1 : 1
  }
  return 0
}

/** Numbers, dashes, and what is between them. */
function parts(name: string): readonly string[] {
  return (name.match(/\d+|-|[^\d-]+/g) ?? []).map((part) => part.replace(/^0+(?=\d)/, ''))
}

/** Whether a tag fits a pattern, in which `*` stands for any text. */
export function fitsPattern(name: string, pattern: string): boolean {
  const [head = '', tail] = pattern.split('*')
  if (tail === undefined) return name === pattern
  return name.length >= head.length + tail.length && name.startsWith(head) && name.endsWith(tail)
}

/** The highest version among tags; undefined when there are none. */
export function highestTag(names: readonly string[], pattern: string): string | undefined {
  return names
    .filter((name) => fitsPattern(name, pattern))
    .toSorted(compareVersions)
    .at(-1)
}
