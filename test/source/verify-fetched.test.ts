import { execFileSync } from 'node:child_process'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fetchCommit } from '../../agent/source/fetch-commit.ts'
import type { Fetched } from '../../agent/source/fetch-commit.ts'
import type { SourceConfig } from '../../agent/source/source-config.ts'
import type { TrustConfig } from '../../agent/source/trust-config.ts'
import { verifyFetched } from '../../agent/source/verify-fetched.ts'
import type { Verified } from '../../agent/source/verify-fetched.ts'
import { createRepo, nodeOf, temporaryFolder } from './git-repo.ts'
import type { GitRepo } from './git-repo.ts'
import { allow, createGpgSigner, createSshSigner, signNothing } from './signers.ts'
import type { Signer } from './signers.ts'

const ann = createSshSigner('ann')
const eve = createSshSigner('eve')
const greg = createGpgSigner('greg')

function write(content: string): string {
  const file = join(temporaryFolder(), 'keys')
  writeFileSync(file, content)
  return file
}

const signers = write(allow(ann))
const ssh: TrustConfig = { allowedSigners: signers, revokedKeys: null, gpgKeys: null }
const gpg: TrustConfig = { allowedSigners: null, revokedKeys: null, gpgKeys: write(greg.publicKey) }

/** What a node has fetched of a repo with one commit, signed by somebody. */
async function fetched(
  signer: Signer | null,
  then: (repo: GitRepo) => void = () => {},
  tag: string | null = null,
): Promise<{ readonly found: Fetched; readonly source: SourceConfig; readonly repo: GitRepo }> {
  const repo = createRepo()
  if (signer !== null) signer.sign(repo)
  repo.commit({ a: '1' })
  then(repo)
  const source = nodeOf(repo.url, { tag })
  return { found: await fetchCommit(source), source, repo }
}

async function reasonOf(
  { found, source }: { readonly found: Fetched; readonly source: SourceConfig },
  trust: TrustConfig,
): Promise<string | null> {
  return (await verifyFetched(found, trust, source)).reason
}

test('a signature with a known SSH key counts, and tells by whom it is', async () => {
  const { found, source } = await fetched(ann)
  const result = await verifyFetched(found, ssh, source)
  assert.is(result.reason, null)
  const [verdict] = 'verdicts' in result ? result.verdicts : []
  assert.is(verdict?.object, found.commit)
  assert.is(verdict?.signer, 'ann@example.com')
})

test('a signature with a known GPG key counts, and leaves nothing behind', async () => {
  const { found, source } = await fetched(greg)
  const result = await verifyFetched(found, gpg, source)
  assert.is(result.reason, null)
  assert.is('verdicts' in result && result.verdicts[0]?.signer, 'greg@example.com')
  assert.equal(readdirSync(source.folder), ['repo.git'])
})

test('both kinds of keys can be trusted', async () => {
  const both = { ...ssh, gpgKeys: gpg.gpgKeys }
  assert.is(await reasonOf(await fetched(ann), both), null)
  assert.is(await reasonOf(await fetched(greg), both), null)
})

test('a repo with SHA-256 is verified', async () => {
  const repo = createRepo('sha256')
  ann.sign(repo)
  repo.commit({ a: '1' })
  const source = nodeOf(repo.url)
  assert.is((await verifyFetched(await fetchCommit(source), ssh, source)).reason, null)
})

test('unsigned', async () => {
  assert.is(await reasonOf(await fetched(null), ssh), 'it is not signed')
  assert.is(await reasonOf(await fetched(null), gpg), 'it is not signed')
})

test('a key that nobody knows', async () => {
  const reason = await reasonOf(await fetched(eve), ssh)
  assert.match(reason ?? '', /by the ED25519 key SHA256:\S+, which \S+ does not allow$/)
  const stranger = createGpgSigner('stranger')
  assert.match(
    (await reasonOf(await fetched(stranger), gpg)) ?? '',
    /^its signature is by the GPG key [0-9A-F]{16}, which is not in \//,
  )
})

test('a key of the other kind: neither the keyring nor the settings of root have a say', async () => {
  assert.is(
    await reasonOf(await fetched(greg), ssh),
    'it is signed with GPG, and agent.yml names no verify.gpg_keys',
  )
  assert.is(
    await reasonOf(await fetched(ann), gpg),
    'it is signed with SSH, and agent.yml names no verify.allowed_signers',
  )
})

test('a revoked SSH key, in a list of keys and in a key revocation list', async () => {
  const node = await fetched(ann)
  const list = write(`${eve.publicKey}\n${ann.publicKey}\n`)
  const krl = `${list}.krl`
  execFileSync('ssh-keygen', ['-q', '-k', '-f', krl, write(`${ann.publicKey}\n`)])
  for (const revokedKeys of [list, krl]) {
    const reason = await reasonOf(node, { ...ssh, revokedKeys })
    assert.is(reason, `its signature is by a key of ann@example.com that ${revokedKeys} revokes`)
  }
  assert.is(await reasonOf(node, { ...ssh, revokedKeys: write(`${eve.publicKey}\n`) }), null)
  assert.is(await reasonOf(node, { ...ssh, revokedKeys: write('') }), null)
})

test('a list of revoked keys that is missing or damaged revokes all of them', async () => {
  const node = await fetched(ann)
  assert.is(
    await reasonOf(node, { ...ssh, revokedKeys: '/none/revoked' }),
    'it cannot be verified: /none/revoked does not exist (verify.revoked_keys in agent.yml)',
  )
  assert.ok(await reasonOf(node, { ...ssh, revokedKeys: write('garbage\n') }))
})

test('a revoked GPG key', async () => {
  const former = createGpgSigner('former')
  const node = await fetched(former)
  assert.is(await reasonOf(node, { ...gpg, gpgKeys: write(former.publicKey) }), null)
  const gpgKeys = write(former.revoked())
  assert.match(
    (await reasonOf(node, { ...gpg, gpgKeys })) ?? '',
    /^its signature is by the GPG key \S+ of former@example\.com, which was revoked$/,
  )
})

test('an SSH key counts while it was valid, by the date of the commit', async () => {
  // Commits of these tests are of 2 January 2024
  const node = await fetched(ann)
  const until = (date: string): TrustConfig => ({
    ...ssh,
    allowedSigners: write(`ann@example.com valid-before="${date}" ${ann.publicKey}\n`),
  })
  assert.is(await reasonOf(node, until('20250101')), null)
  assert.match(
    (await reasonOf(node, until('20230101'))) ?? '',
    /does not allow \(.*key has expired/,
  )
})

/** What a key signed that expires soon, verified before that. A busy machine needs a key that lives longer. */
async function verifiedInTime(seconds = 2): Promise<{
  readonly found: Fetched
  readonly source: SourceConfig
  readonly trust: TrustConfig
  readonly early: Awaited<ReturnType<typeof verifyFetched>>
}> {
  try {
    const brief = createGpgSigner('brief', `seconds=${seconds}`)
    const { found, source } = await fetched(brief)
    const trust = { ...gpg, gpgKeys: write(brief.publicKey) }
    const early = await verifyFetched(found, trust, source)
    assert.is(early.reason, null)
    return { found, source, trust, early }
  } catch (error) {
    if (seconds > 60) throw error
    return verifiedInTime(seconds * 3)
  }
}

test('a GPG key that has expired by now counts no more, unless it was verified before', async () => {
  const { found, source, trust, early } = await verifiedInTime()
  const deadline = Date.now() + 300_000
  let late: string | null = null
  while (late === null && Date.now() < deadline) late = await reasonOf({ found, source }, trust)
  assert.match(late ?? '', /of brief@example\.com, which has expired: put the prolonged key into/)
  const before = 'verdicts' in early ? early.verdicts : []
  assert.is((await verifyFetched(found, trust, source, before)).reason, null)
})

test('a clock that is behind: a GPG key of the future is told from an unknown one', async () => {
  const early = createGpgSigner('early', '0', '20400101T000000')
  const reason = await reasonOf(await fetched(early), {
    ...gpg,
    gpgKeys: write(early.publicKey),
  })
  assert.match(reason ?? '', /its GPG key \w{16} is newer than the time on this node: is the clock/)
})

test('what was verified is verified again once the keys have changed', async () => {
  const { found, source } = await fetched(ann)
  const allowedSigners = write(allow(ann))
  const trust = { ...ssh, allowedSigners }
  const first = await verifyFetched(found, trust, source)
  const before: readonly Verified[] = 'verdicts' in first ? first.verdicts : []
  rmSync(join(source.folder, 'repo.git'), { recursive: true })
  assert.is((await verifyFetched(found, trust, source, before)).reason, null, 'asks nobody')
  writeFileSync(allowedSigners, allow(eve))
  assert.ok((await verifyFetched(found, trust, source, before)).reason)
})

test('a commit whose content was changed after it was signed', async () => {
  const node = await fetched(ann, (repo) => {
    const file = join(repo.folder, 'forged')
    writeFileSync(file, repo.git('cat-file', 'commit', 'HEAD').replace(/^Change/m, 'Forge'))
    const forged = repo.git('hash-object', '-t', 'commit', '-w', file).trim()
    repo.git('update-ref', 'refs/heads/main', forged)
  })
  assert.is(node.found.subject, 'Forge the pair')
  assert.match((await reasonOf(node, ssh)) ?? '', /does not fit its content/)
})

test('key files that are missing or hold none', async () => {
  const node = await fetched(ann)
  assert.is(
    await reasonOf(node, { ...ssh, allowedSigners: '/none' }),
    'it cannot be verified: /none does not exist (verify.allowed_signers in agent.yml)',
  )
  const garbage = write('garbage\n')
  assert.match(
    (await reasonOf(node, { ...ssh, allowedSigners: garbage })) ?? '',
    `does not allow (${garbage}:1: missing key)`,
  )
  assert.match(
    (await reasonOf(await fetched(greg), { ...gpg, gpgKeys: garbage })) ?? '',
    `${garbage} cannot be used (no valid OpenPGP data found.)`,
  )
})

test('a signed tag on a signed commit', async () => {
  const node = await fetched(ann, (repo) => repo.git('tag', '-m', 'x', 'v1'), 'v*')
  assert.is(node.found.tag?.name, 'v1')
  assert.is.not(node.found.tag?.object, node.found.commit)
  assert.is(await reasonOf(node, ssh), null)
})

test('a good tag on a bad commit', async () => {
  const node = await fetched(
    null,
    (repo) => {
      ann.sign(repo)
      repo.git('tag', '-m', 'x', 'v1')
    },
    'v*',
  )
  assert.is(await reasonOf(node, ssh), 'it is not signed')
})

test('a bad tag on a good commit', async () => {
  const unsigned = await fetched(
    ann,
    (repo) => {
      signNothing(repo)
      repo.git('tag', '-m', 'x', 'v1')
    },
    'v*',
  )
  assert.is(await reasonOf(unsigned, ssh), 'of its tag v1: it is not signed')
  const strange = await fetched(
    ann,
    (repo) => {
      eve.sign(repo)
      repo.git('tag', '-m', 'x', 'v1')
    },
    'v*',
  )
  assert.match((await reasonOf(strange, ssh)) ?? '', /^of its tag v1: its signature is by the ED/)
})

test('a good tag under another name than it was made with', async () => {
  const node = await fetched(
    ann,
    (repo) => {
      repo.git('tag', '-m', 'x', 'v1')
      repo.git('update-ref', 'refs/tags/v9', 'refs/tags/v1')
    },
    'v*',
  )
  assert.is(
    await reasonOf(node, ssh),
    'of its tag v9: it was made as v1 and is shown under another name',
  )
})

test('a lightweight tag says nothing: its commit counts', async () => {
  const tag = (repo: GitRepo): void => {
    signNothing(repo)
    repo.git('tag', 'v1')
  }
  assert.is(await reasonOf(await fetched(ann, tag, 'v*'), ssh), null)
  assert.is(await reasonOf(await fetched(null, tag, 'v*'), ssh), 'it is not signed')
})

test('what the settings of the mirror say does not count', async () => {
  const { found, source } = await fetched(eve)
  const settings = join(source.folder, 'repo.git', 'config')
  execFileSync('git', ['config', '-f', settings, 'gpg.ssh.allowedSignersFile', write(allow(eve))])
  execFileSync('git', ['config', '-f', settings, 'gpg.minTrustLevel', 'undefined'])
  assert.ok((await verifyFetched(found, ssh, source)).reason)
})

test.run()
