import * as fs from 'node:fs/promises'
import { findSecondName, inHand, readEntry } from './entry.ts'
import type { Entry } from './entry.ts'
import { describeExposure, isTrusted } from './exposure.ts'
import type { Expected } from './system.ts'

/** Mode and owner by number; what is left out stays as it is. */
export interface WantedAttributes {
  readonly mode?: number | undefined
  readonly uid?: number | undefined
  readonly gid?: number | undefined
}

/**
 * Gives what is held another mode and owner, if it is what the caller has decided on.
 * @returns null when done, else one clause that says why nothing was changed
 */
export async function setEntryAttributes(
  entry: Entry,
  wanted: WantedAttributes,
  expected: Expected,
): Promise<string | null> {
  const { stat } = entry
  const uid = wanted.uid ?? stat.uid
  const gid = wanted.gid ?? stat.gid
  const mode = wanted.mode ?? stat.mode & 0o7777
  const refusal = await findRefusal(entry, { uid, mode }, expected)
  if (refusal !== null) return refusal
  const moves = uid !== stat.uid || gid !== stat.gid
  if (moves) await fs.chown(inHand(entry), uid, gid)
  // chown takes the setuid and setgid bits away: chown(2)
  const isModeLost = moves && mode > 0o777
  if (isModeLost || mode !== (stat.mode & 0o7777)) await fs.chmod(inHand(entry), mode)
  return null
}

async function findRefusal(
  entry: Entry,
  wanted: { readonly uid: number; readonly mode: number },
  { type, content }: Expected,
): Promise<string | null> {
  const { path, stat, exposure } = entry
  const isType = type === 'file' ? stat.isFile() : stat.isDirectory()
  if (!isType) return `${path} is no ${type} any more`
  if (type === 'directory') return null
  const secondName = findSecondName(entry)
  if (secondName !== null) return secondName
  // Its content could be changed by whoever has made it
  if (exposure !== null && (wanted.mode & 0o6000) !== 0) {
    return `a setuid or setgid file is not made where others write, and ${describeExposure(exposure)}`
  }
  if (content === undefined) return null
  const found = await readEntry(entry, content.length)
  if (found?.content?.equals(content) !== true) return `${path} holds something else by now`
  // Whoever has opened it while it was theirs may go on writing
  const isGivenUp = wanted.uid !== stat.uid && !isTrusted(stat.uid, inHand(entry))
  return isGivenUp ? `${path} was another user's, who may still have it open` : null
}
