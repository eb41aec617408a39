import { basename } from 'node:path'
import { parseSysctlFile } from './settings-file.ts'

/** A sysctl.d file as it is found at boot. */
export interface BootFile {
  /** In one of the sysctl.d folders. */
  readonly path: string
  readonly text: string
}

/** What a key gets at boot, and from which line. */
export interface BootSetting {
  /** null when a line takes the key out (`-key`). */
  readonly value: string | null
  readonly file: string
  readonly line: number
}

/**
 * What systemd-sysctl gives each key or pattern at boot, as sysctl.d(5) has it (and the source of
 * systemd 252, src/sysctl/sysctl.c): files by name, the later assignment wins; an assignment that
 * repeats the value keeps its earlier place.
 * @param files in any order, those masked by a file of the same name left out already
 */
export function mergeBootFiles(files: readonly BootFile[]): ReadonlyMap<string, BootSetting> {
  const merged = new Map<string, BootSetting>()
  for (const file of [...files].sort(byName)) {
    for (const { path, value, line } of parseSysctlFile(file.text)) {
      if (merged.get(path)?.value === value) continue
      merged.delete(path)
      merged.set(path, { value, file: file.path, line })
    }
  }
  return merged
}

/**
 * The setting that a key ends with. A line that names the key beats every pattern, wherever it
 * stands; of several patterns the last wins. null when nothing at boot touches the key.
 */
export function findBootSetting(
  merged: ReadonlyMap<string, BootSetting>,
  path: string,
): BootSetting | null {
  const exact = merged.get(path)
  if (exact !== undefined) return exact
  let last: BootSetting | null = null
  for (const [pattern, setting] of merged) {
    if (setting.value !== null && /[*?[]/.test(pattern) && matchesGlob(pattern, path))
      last = setting
  }
  return last
}

/** glob(7) over paths: a wildcard stops at a slash. */
function matchesGlob(pattern: string, path: string): boolean {
  const source = pattern.replace(
    /\*|\?|\[(!?)(\]?[^\]/]+)\]|[.+^${}()|[\]\\]/g,
    (token, not: string | undefined, set: string | undefined) => {
      if (token === '*') return '[^/]*'
      if (token === '?') return '[^/]'
      if (set === undefined) return `\\${token}`
      return `[${not === '!' ? '^' : ''}${set.replace(/[\\\]]/g, '\\$&')}]`
    },
  )
  return new RegExp(`^${source}$`).test(path)
}

function byName(a: BootFile, b: BootFile): number {
  const [left, right] = [basename(a.path), basename(b.path)]
  return left < right ? -1 : left > right ? 1 : 0
}
