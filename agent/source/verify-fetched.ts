import { runGit } from './git.ts'
import type { Commit } from './mirror.ts'
import type { Verdict } from './signature.ts'
import { mirrorFolder } from './source-config.ts'
import type { SourceConfig } from './source-config.ts'
import type { TrustConfig } from './trust-config.ts'
import { readTrustedKeys } from './trusted-keys.ts'
import { verifyObject } from './verify-object.ts'

/** What is to be verified: a commit, and the tag that leads to it where tags are followed. */
export type Verifiable = Pick<Commit, 'commit' | 'tag'>

/** A verdict that was good, and holds while the key files have the same content. */
export interface Verified {
  /** Hash of the commit; of an annotated tag, with its name before it. */
  readonly object: string
  readonly keys: string
  readonly signer: string
}

/**
 * Verifies what was not verified with these keys before. An annotated tag must be signed, and so must the
 * commit it leads to: a good tag on a bad commit is refused, and so is a tag under another name than the one
 * it was signed with. A lightweight tag says nothing, and its commit alone counts.
 * @param before verdicts that may still hold: a key that expires takes nothing back that was verified
 * @returns the reason why it does not count, one clause; or all verdicts about it, the new ones too
 */
export async function verifyFetched(
  { commit, tag }: Verifiable,
  trust: TrustConfig,
  source: SourceConfig,
  before: readonly Verified[] = [],
): Promise<
  { readonly reason: string } | { readonly reason: null; readonly verdicts: readonly Verified[] }
> {
  const { digest, fault } = await readTrustedKeys(trust)
  if (digest === null) return { reason: `it cannot be verified: ${fault}` }
  const verdicts: Verified[] = []
  const verify = async (object: string, judge: () => Promise<Verdict>): Promise<string | null> => {
    const held = before.find((one) => one.object === object && one.keys === digest)
    if (held !== undefined) {
      verdicts.push(held)
      return null
    }
    const verdict = await judge()
    if (!verdict.isGood) return verdict.reason
    verdicts.push({ object, keys: digest, signer: verdict.signer })
    return null
  }
  const ofCommit = await verify(commit, () => verifyObject(commit, 'commit', trust, source))
  if (ofCommit !== null) return { reason: ofCommit }
  if (tag !== undefined && tag.object !== commit) {
    const { name, object } = tag
    const ofTag = await verify(`${name} ${object}`, async () => {
      const fault = await nameFault(name, object, source)
      if (fault !== null) return { isGood: false, reason: fault }
      return verifyObject(object, 'tag', trust, source)
    })
    if (ofTag !== null) return { reason: `of its tag ${name}: ${ofTag}` }
  }
  return { reason: null, verdicts }
}

/** What is signed is the name inside of the tag; anybody who may push can show it under another one. */
async function nameFault(
  name: string,
  object: string,
  source: SourceConfig,
): Promise<string | null> {
  const text = await runGit(['cat-file', 'tag', object], {
    gitDir: mirrorFolder(source),
    timeout: source.timeout,
  })
  const [header = ''] = text.split('\n\n', 1)
  const [, type] = /^type (.*)$/m.exec(header) ?? []
  const [, own] = /^tag (.*)$/m.exec(header) ?? []
  if (type !== 'commit') return `it leads to a ${type}, not to a commit`
  return own === name ? null : `it was made as ${own} and is shown under another name`
}
