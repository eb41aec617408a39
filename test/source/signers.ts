import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './git-repo.ts'
import type { GitRepo } from './git-repo.ts'

/** Somebody with a key of their own. */
export interface Signer {
  readonly address: string
  /** The public half, as one line of a file of SSH keys, or in GPG's armor. */
  readonly publicKey: string
  /** Signs all commits and tags of a repo from now on. */
  sign(repo: GitRepo): void
}

/** Somebody with an SSH key. */
export function createSshSigner(name: string): Signer {
  const file = join(temporaryFolder(), 'key')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file])
  return {
    address: `${name}@example.com`,
    publicKey: readFileSync(`${file}.pub`, 'utf8').trim(),
    sign: (repo) => configure(repo, 'ssh', `${file}.pub`),
  }
}

/** Somebody with a GPG key, which can be revoked. */
export interface GpgSigner extends Signer {
  /** The public half after it was revoked. */
  revoked(): string
}

/**
 * @param expires as gpg wants it: `0`, `1d`, or `seconds=1`
 * @param time of the signer's clock, such as `20400101T000000`; default: the right one
 */
export function createGpgSigner(name: string, expires = '0', time?: string): GpgSigner {
  const clock = time === undefined ? [] : ['--faked-system-time', `${time}!`]
  const home = join(temporaryFolder(), 'gnupg')
  mkdirSync(home, { mode: 0o700 })
  const gpg = (argv: readonly string[], input = ''): string =>
    execFileSync('gpg', ['--homedir', home, '--batch', '--quiet', '--yes', ...clock, ...argv], {
      encoding: 'utf8',
      input,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
  // Its agent would stay behind
  process.once('exit', () => execFileSync('gpgconf', ['--homedir', home, '--kill', 'gpg-agent']))
  const address = `${name}@example.com`
  gpg(['--passphrase', '', '--quick-gen-key', address, 'ed25519', 'sign', expires])
  const listed = gpg(['--list-keys', '--with-colons'])
  const [, key = ''] = /^fpr:+(\w+):/m.exec(listed) ?? []
  const program = join(home, 'sign')
  writeFileSync(program, `#!/bin/sh\nexec gpg --homedir ${home} --batch ${clock.join(' ')} "$@"\n`)
  chmodSync(program, 0o700)
  return {
    address,
    publicKey: gpg(['--armor', '--export', key]),
    sign: (repo) => {
      repo.git('config', 'gpg.program', program)
      configure(repo, 'openpgp', key)
    },
    revoked() {
      const certificate = readFileSync(join(home, 'openpgp-revocs.d', `${key}.rev`), 'utf8')
      gpg(['--import'], certificate.replace(/^:---/m, '---'))
      return gpg(['--armor', '--export', key])
    },
  }
}

/** The file of allowed signers that names these. */
export function allow(...signers: readonly Signer[]): string {
  return signers.map(({ address, publicKey }) => `${address} ${publicKey}\n`).join('')
}

/** Ends signing. */
export function signNothing(repo: GitRepo): void {
  repo.git('config', 'commit.gpgsign', 'false')
  repo.git('config', 'tag.gpgsign', 'false')
}

function configure(repo: GitRepo, format: string, key: string): void {
  repo.git('config', 'gpg.format', format)
  repo.git('config', 'user.signingkey', key)
  repo.git('config', 'commit.gpgsign', 'true')
  repo.git('config', 'tag.gpgsign', 'true')
}
