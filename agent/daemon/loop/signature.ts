import type { BigIntStats } from 'node:fs'
import { lstat } from 'node:fs/promises'

/**
 * What tells one version of a path from another without reading it; null: there is none. ctime moves with
 * every write, rename, chmod and chown, and can't be set by hand.
 */
export type Signature = string | null

/** By path. */
export type Signatures = ReadonlyMap<string, Signature>

/** A folder changes with whatever else is put into it, which is no drift: mode and owner alone count. */
export function signatureOf(stat: BigIntStats): string {
  const { dev, ino, mode, uid, gid, size, mtimeNs, ctimeNs } = stat
  const numbers = stat.isDirectory()
    ? [dev, ino, mode, uid, gid]
    : [dev, ino, mode, uid, gid, size, mtimeNs, ctimeNs]
  return numbers.join(' ')
}

/** Signatures of paths as they are now. @param toSignature what counts of each that exists */
export async function readSignatures(
  paths: readonly string[],
  toSignature: (stat: BigIntStats) => string = signatureOf,
): Promise<Signatures> {
  return new Map(
    await Promise.all(
      paths.map(async (path): Promise<[string, Signature]> => {
        const stat = await lstat(path, { bigint: true }).catch(() => null)
        return [path, stat && toSignature(stat)]
      }),
    ),
  )
}

/** Paths of `after` that differ from `before`; a path that `before` does not know is no difference. */
export function changedPaths(before: Signatures, after: Signatures): readonly string[] {
  return [...after]
    .filter(([path, signature]) => before.has(path) && before.get(path) !== signature)
    .map(([path]) => path)
}

/**
 * What the files have to look like from now on. What a run has changed counts as it left it, all else as
 * it was when the run began: what a person wrote meanwhile is seen by the comparison that follows.
 * @param isOurs whether the run has changed a path
 */
export function expectedAfterRun(
  before: Signatures,
  after: Signatures,
  isOurs: (path: string) => boolean,
): Signatures {
  return new Map(
    [...after].map(([path, signature]) => {
      const known = before.get(path)
      return [path, known === undefined || isOurs(path) ? signature : known]
    }),
  )
}
