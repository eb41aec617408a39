/** How a commit or tag is signed. */
export type SignatureFormat = 'ssh' | 'gpg' | 'x509'

/** Whether a signature counts: by whom it is, or one clause that says why it doesn't. */
export type Verdict =
  | { readonly isGood: true; readonly signer: string }
  | { readonly isGood: false; readonly reason: string }

const formats: readonly (readonly [RegExp, SignatureFormat])[] = [
  [/^-----BEGIN SSH SIGNATURE-----/, 'ssh'],
  [/^-----BEGIN PGP (?:SIGNATURE|MESSAGE)-----/, 'gpg'],
  [/^-----BEGIN SIGNED MESSAGE-----/, 'x509'],
]

/**
 * How an object is signed; null when it is not. Only chooses words and settings: whether the signature is
 * good is for Git to say.
 * @param text of `git cat-file`
 */
export function signatureFormat(text: string, type: 'commit' | 'tag'): SignatureFormat | null {
  const [header = ''] = text.split('\n\n', 1)
  const lines =
    type === 'commit'
      ? header.split('\n').flatMap((line) => /^gpgsig(?:-sha256)? (.*)$/.exec(line)?.[1] ?? [])
      : text.slice(header.length).split('\n')
  const found = lines.flatMap((line) => formats.filter(([pattern]) => pattern.test(line)))
  return found.at(-1)?.[1] ?? null
}

/**
 * Reads what `git verify-commit --raw` prints of an SSH signature, in the words of ssh-keygen. Both the exit
 * code and the words must say that it is good.
 * @param file the allowed signers
 */
export function readSshVerdict(code: number | null, text: string, file: string): Verdict {
  const [, signer] = /^Good "git" signature for (.+) with \S+ key \S+$/m.exec(text) ?? []
  if (code === 0 && signer !== undefined) return { isGood: true, signer }
  const [, key] = /^Good "git" signature (?:for .+ )?with (\S+ key \S+)$/m.exec(text) ?? []
  if (key !== undefined) {
    const own = text.split(/\r?\n/).filter((line) => line.startsWith(`${file}:`))
    const hints = own.length === 0 ? '' : ` (${own.join('; ')})`
    const reason = `its signature is by the ${key}, which ${file} does not allow${hints}`
    return { isGood: false, reason }
  }
  if (/incorrect signature/.test(text)) {
    return { isGood: false, reason: 'its signature does not fit its content: it was tampered with' }
  }
  return { isGood: false, reason: `its signature cannot be verified (${firstWords(text)})` }
}

/** Status lines of gpg (its doc/DETAILS) that say what is wrong with a signature; the first one tells most. */
const gpgFaults: readonly (readonly [RegExp, (match: RegExpExecArray, file: string) => string])[] =
  [
    [
      /^\[GNUPG:\] BADSIG (\S+) (.*)$/m,
      ([, , who]) => `its signature, said to be by ${who}, does not fit its content`,
    ],
    [
      /^\[GNUPG:\] REVKEYSIG (\S+) (.*)$/m,
      ([, key, who]) => `its signature is by the GPG key ${key} of ${who}, which was revoked`,
    ],
    [
      /^\[GNUPG:\] EXPKEYSIG (\S+) (.*)$/m,
      ([, key, who], file) =>
        `its signature is by the GPG key ${key} of ${who}, which has expired: put the prolonged key into ${file}, or sign with another one`,
    ],
    [
      /^\[GNUPG:\] EXPSIG (\S+) (.*)$/m,
      ([, key, who]) => `its signature by the GPG key ${key} of ${who} has expired`,
    ],
    [
      // A key of the future is not even loaded
      /^gpg: key (\S+) was created .* in the future.*$[^]*^\[GNUPG:\] NO_PUBKEY \1$/m,
      ([, key]) => `its GPG key ${key} is newer than the time on this node: is the clock right?`,
    ],
    [
      /^\[GNUPG:\] NO_PUBKEY (\S+)$/m,
      ([, key], file) => `its signature is by the GPG key ${key}, which is not in ${file}`,
    ],
  ]

/**
 * Reads what gpg prints when it loads the keys, and then `git verify-commit --raw` of a GPG signature.
 * @param file the public keys
 */
export function readGpgVerdict(code: number | null, text: string, file: string): Verdict {
  const [, , signer] = /^\[GNUPG:\] GOODSIG (\S+) (.+)$/m.exec(text) ?? []
  const isValid = /^\[GNUPG:\] VALIDSIG /m.test(text)
  if (code === 0 && isValid && signer !== undefined) return { isGood: true, signer }
  for (const [pattern, explain] of gpgFaults) {
    const match = pattern.exec(text)
    if (match !== null) return { isGood: false, reason: explain(match, file) }
  }
  return { isGood: false, reason: `its signature cannot be verified (${firstWords(text)})` }
}

/** What is said in words, without gpg's status lines. */
export function firstWords(text: string): string {
  const noise = /^$|^\[GNUPG:\]|^gpg: no gpg-agent running/
  const lines = text.split(/\r?\n/).filter((line) => !noise.test(line))
  return lines[0]?.replace(/^(?:error|fatal|gpg): /, '') ?? 'nothing is said why'
}
