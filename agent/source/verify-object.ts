import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LocalError } from '../system/errors.ts'
import { run } from '../system/run.ts'
import type { RunResult } from '../system/system.ts'
import { settings } from './git.ts'
import { firstWords, readGpgVerdict, readSshVerdict, signatureFormat } from './signature.ts'
import type { Verdict } from './signature.ts'
import { mirrorFolder } from './source-config.ts'
import type { SourceConfig } from './source-config.ts'
import { trustKeys } from './trust-config.ts'
import type { TrustConfig } from './trust-config.ts'

/**
 * Whether a commit or annotated tag of the mirror bears a signature that counts, as Git itself judges it.
 * Neither root's settings nor root's keyring have a say. An SSH key must have been valid at the time that
 * the commit gives itself, a GPG key must be valid now.
 */
export async function verifyObject(
  object: string,
  type: 'commit' | 'tag',
  trust: TrustConfig,
  source: SourceConfig,
): Promise<Verdict> {
  const git = createGit(source)
  const read = await git(['cat-file', type, object])
  if (read.code !== 0) return bad(`it cannot be read (${firstWords(read.stderr)})`)
  const format = signatureFormat(read.stdout, type)
  const verify = [`verify-${type}`, '--raw', object]
  if (format === null) return bad('it is not signed')
  if (format === 'ssh') return verifySsh(verify, trust, git)
  if (format === 'gpg') return verifyGpg(verify, trust, git, source)
  return bad('it is signed with an X.509 certificate, which is not supported: sign with SSH or GPG')
}

async function verifySsh(
  argv: readonly string[],
  { allowedSigners, revokedKeys }: TrustConfig,
  git: RunGit,
): Promise<Verdict> {
  if (allowedSigners === null) return notExpected('SSH', trustKeys.allowedSigners)
  const trusted = ['gpg.minTrustLevel=fully', 'gpg.ssh.program=ssh-keygen']
  const allowed = [...trusted, `gpg.ssh.allowedSignersFile=${allowedSigners}`]
  const revoked = revokedKeys === null ? [] : [`gpg.ssh.revocationFile=${revokedKeys}`]
  const ended = await git(argv, [...allowed, ...revoked])
  if (/cannot run ssh-keygen/.test(ended.stderr)) {
    return bad('ssh-keygen is not installed on this node (apt-get install openssh-client)')
  }
  const verdict = readSshVerdict(ended.code, ended.stderr, allowedSigners)
  if (verdict.isGood || revokedKeys === null) return verdict
  // ssh-keygen does not say why: what would be good without the list is in it, or the list is damaged
  const without = await git(argv, allowed)
  const { isGood, signer } = { signer: '', ...readSshVerdict(without.code, without.stderr, '') }
  return isGood
    ? bad(`its signature is by a key of ${signer} that ${revokedKeys} revokes`)
    : verdict
}

async function verifyGpg(
  argv: readonly string[],
  { gpgKeys }: TrustConfig,
  git: RunGit,
  source: SourceConfig,
): Promise<Verdict> {
  if (gpgKeys === null) return notExpected('GPG', trustKeys.gpgKeys)
  const home = join(source.folder, 'gnupg')
  await rm(home, { recursive: true, force: true })
  try {
    await mkdir(home, { recursive: true, mode: 0o700 })
    // Whoever is in the file is trusted: there is no web of trust here
    await writeFile(
      join(home, 'gpg.conf'),
      'trust-model always\nno-autostart\nno-auto-key-retrieve\n',
    )
    const env = { GNUPGHOME: home }
    const loaded = await run(['gpg', '--batch', '--quiet', '--import', gpgKeys], { env })
    if (loaded.code !== 0) return bad(`${gpgKeys} cannot be used (${firstWords(loaded.stderr)})`)
    // Where all keys are trusted gpg states no trust, which Git has several words for; the verdict asks for more
    const expected = ['gpg.openpgp.program=gpg', 'gpg.minTrustLevel=undefined']
    const ended = await git(argv, expected, env)
    return readGpgVerdict(ended.code, `${loaded.stderr}${ended.stderr}`, gpgKeys)
  } catch (error) {
    if (!(error instanceof LocalError)) throw error
    return bad(`${error.message} on this node (apt-get install gpg)`)
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

type RunGit = (
  argv: readonly string[],
  more?: readonly string[],
  env?: Readonly<Record<string, string>>,
) => Promise<RunResult>

/** Git on the mirror, with nothing but what is said here: no format counts unless its program is named. */
function createGit(source: SourceConfig): RunGit {
  return (argv, more = [], env = {}) => {
    const none = ['ssh', 'openpgp', 'x509'].map((format) => `gpg.${format}.program=false`)
    const configured = [...settings, ...none, ...more]
    return run(['git', ...configured.flatMap((setting) => ['-c', setting]), ...argv], {
      timeout: source.timeout * 1000,
      env: {
        GIT_DIR: mirrorFolder(source),
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_NO_REPLACE_OBJECTS: '1',
        ...env,
      },
    })
  }
}

function notExpected(format: string, key: string): Verdict {
  return bad(`it is signed with ${format}, and agent.yml names no verify.${key}`)
}

function bad(reason: string): Verdict {
  return { isGood: false, reason }
}
