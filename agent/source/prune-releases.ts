import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Releases that stay for a quick way back, besides the ones that are in use. */
const kept = 5
/** Milliseconds after which something that is no release was left behind by a run that was killed. */
const leftBehind = 3_600_000

/**
 * Removes all but the releases used last.
 * @param inUse hashes that stay in any case
 * @param now milliseconds since the epoch
 */
export async function pruneReleases(
  folder: string,
  inUse: readonly string[],
  now: number,
): Promise<void> {
  const names = await readdir(folder)
  const releases: { readonly name: string; readonly used: number }[] = []
  const others: string[] = []
  for (const name of names) {
    const { mtimeMs } = await stat(join(folder, name))
    if (/^[0-9a-f]+$/.test(name)) releases.push({ name, used: mtimeMs })
    else if (!name.endsWith('.listing') && now - mtimeMs > leftBehind) others.push(name)
  }
  const latest = releases.sort((a, b) => b.used - a.used).slice(0, kept)
  const stay = new Set([...inUse, ...latest.map((release) => release.name)])
  const gone = names.filter((name) => {
    const hash = name.replace(/\.listing$/, '')
    return /^[0-9a-f]+$/.test(hash) && !stay.has(hash)
  })
  for (const name of [...gone, ...others]) {
    await rm(join(folder, name), { recursive: true, force: true })
  }
}
