/** What a hostile or careless Git repo can show a node: refused or harmless, told, and survived. */
import { existsSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatStatus } from '../../agent/cli/format/format-status.ts'
import { readHistory } from '../../agent/store/history.ts'
import { createRepo } from '../source/git-repo.ts'
import { allow, createSshSigner, signNothing } from '../source/signers.ts'
import { createNode } from './node.ts'
import type { TestNode } from './node.ts'

const ann = createSshSigner('ann')
const bob = createSshSigner('bob')
const eve = createSshSigner('eve')

/** A node that trusts Ann, and Bob no more, in line with Ann's second commit. */
async function trusting(more = ''): Promise<{ readonly node: TestNode; readonly good: string }> {
  const node = createNode()
  const keys = dirname(node.paths.config)
  writeFileSync(join(keys, 'signers'), allow(ann, bob))
  writeFileSync(join(keys, 'revoked'), `${bob.publicKey}\n`)
  const verify = `verify:\n  allowed_signers: ${keys}/signers\n  revoked_keys: ${keys}/revoked\n`
  node.configure(`${verify}${more}`)
  ann.sign(node.repo)
  node.commit('zero')
  if (more !== '') node.repo.git('tag', '-m', 'x', 'v1.0')
  const good = node.commit('one')
  if (more !== '') node.repo.git('tag', '-m', 'x', 'v1.3.0')
  const { outcome, message } = await node.run()
  assert.is(outcome, 'converged', message)
  return { node, good }
}

async function statusOf(node: TestNode): Promise<string> {
  const [lastRun = null] = await readHistory(node, 1)
  const quarantine = await node.quarantine()
  const nothing = { disabled: null, journal: null, daemon: null, configFault: null }
  return formatStatus({ state: await node.state(), quarantine, ...nothing, lastRun }, Date.now())
}

interface Fixture {
  /** agent.yml, besides whom it trusts. */
  readonly config?: string
  /** What happens to the repo; the commit that a node meets next. */
  prepare(node: TestNode, good: string): void
  /** Why it is refused; null: it is harmless and goes through. */
  readonly reason: RegExp | null
}

const hosts = 'all:\n  hosts:\n    lb1:\n      roles: [site]\n'

const fixtures: Readonly<Record<string, Fixture>> = {
  unsigned: {
    prepare(node) {
      signNothing(node.repo)
      node.commit('bad')
    },
    reason: /"bad" is refused: it is not signed\. /,
  },
  'signed by an unknown key': {
    prepare(node) {
      eve.sign(node.repo)
      node.commit('bad')
    },
    reason:
      /is refused: its signature is by the ED25519 key SHA256:\S+, which \S+ does not allow\. /,
  },
  'signed by a revoked key': {
    prepare(node) {
      bob.sign(node.repo)
      node.commit('bad')
    },
    reason: /is refused: its signature is by a key of bob@example\.com that \S+ revokes\. /,
  },
  'a good tag on a bad commit': {
    config: "tag: 'v*'\n",
    prepare(node) {
      signNothing(node.repo)
      node.commit('bad')
      ann.sign(node.repo)
      node.repo.git('tag', '-m', 'x', 'v1.4.0')
    },
    reason: /is refused: it is not signed\. /,
  },
  'a bad tag on a good commit': {
    config: "tag: 'v*'\n",
    prepare(node) {
      node.commit('bad')
      signNothing(node.repo)
      node.repo.git('tag', '-m', 'x', 'v1.4.0')
    },
    reason: /is refused: of its tag v1\.4\.0: it is not signed\. /,
  },
  'a rewind': {
    prepare: (node) => void node.repo.git('reset', '--quiet', '--hard', 'HEAD~'),
    reason:
      /"zero" is refused: history was rewound: it is older than \w{8} "one", which this node was in line with\. \w{8} "one" stays in force\. Go back by a new commit on top \(git revert\), or let this one through with "evenkeel accept \w{8} --reason TEXT"/,
  },
  'a forced push': {
    prepare(node) {
      node.repo.git('reset', '--quiet', '--hard', 'HEAD~')
      node.commit('bad')
    },
    reason: /"bad" is refused: history was rewritten .*: it does not contain \w{8} "one"/,
  },
  'a forced push of the same files': {
    prepare: (node) => void node.repo.git('commit', '--quiet', '--amend', '-m', 'same'),
    reason: /"same" is refused: history was rewritten/,
  },
  'an unrelated history': {
    prepare(node) {
      node.repo.git('checkout', '--quiet', '--orphan', 'new')
      node.repo.git('branch', '-D', 'main')
      node.repo.git('branch', '-m', 'main')
      node.commit('bad')
    },
    reason: /"bad" is refused: its history does not contain \w{8} "one".*right repo\?/,
  },
  'another repo under another address': {
    prepare(node) {
      const other = createRepo()
      ann.sign(other)
      other.commit({ 'inventory/hosts.yml': hosts }, 'bad')
      const keys = join(dirname(node.paths.config), 'signers')
      node.configure(`verify:\n  allowed_signers: ${keys}\n`, other.url)
    },
    reason: /"bad" is refused: its history does not contain \w{8} "one"/,
  },
  'a lower version': {
    config: "tag: 'v*'\n",
    prepare(node) {
      node.commit('bad')
      node.repo.git('tag', '-m', 'x', 'v1.2.1')
      node.repo.git('tag', '-d', 'v1.3.0')
    },
    reason: /is refused: v1\.2\.1 is a lower version than v1\.3\.0, \w{8} "one"/,
  },
  'a submodule': {
    prepare(node, good) {
      node.repo.git('update-index', '--add', '--cacheinfo', `160000,${good},roles/other`)
      node.repo.git('commit', '--quiet', '-m', 'bad')
      node.repo.git('rm', '--quiet', '--cached', 'roles/other')
    },
    reason: /roles\/other: is a submodule, which is not fetched/,
  },
  'symlinks that lead out of the tree': {
    prepare(node) {
      const links = { 'roles/site/files/a': { link: '/etc/shadow' }, b: { link: '../../../etc' } }
      node.repo.commit(links, 'bad')
    },
    reason: /roles\/site\/files\/a: is a link to "\/etc\/shadow", which leads out of the repo/,
  },
  'a file of 1 GB': {
    prepare(node) {
      const file = join(node.repo.folder, 'large')
      writeFileSync(file, '')
      truncateSync(file, 1024 ** 3)
      node.repo.git('-c', 'core.compression=1', 'add', 'large')
      node.repo.git('commit', '--quiet', '-m', 'bad')
      rmSync(file)
    },
    reason: /large: the commit holds 3 files with 1025 MiB, more than .* 256 MiB/,
  },
  'a file that Git LFS keeps': {
    prepare(node) {
      const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'
      node.repo.commit({ 'roles/site/files/a': pointer }, 'bad')
    },
    reason: /roles\/site\/files\/a: is kept in Git LFS, which is not fetched/,
  },
  'names that start with -': {
    prepare(node) {
      node.commit('new')
      node.repo.git('update-ref', 'refs/heads/--upload-pack=touch', 'HEAD')
      node.repo.git('update-ref', 'refs/tags/-d', 'HEAD')
      node.repo.commit({ '-rf': 'x', '--help': 'y' }, 'new')
    },
    reason: null,
  },
  'hooks, filters and attributes': {
    prepare(node) {
      const touch = `#!/bin/sh\ntouch ${node.paths.state}/ran\n`
      const hooks = ['post-checkout', 'post-merge', 'reference-transaction', 'pre-auto-gc']
      const files = Object.fromEntries(hooks.map((name) => [`hooks/${name}`, { program: touch }]))
      node.commit('new')
      node.repo.commit(
        {
          ...files,
          '.gitattributes': '* filter=evil\n',
          '.gitconfig': `[filter "evil"]\n\tsmudge = touch ${node.paths.state}/ran\n`,
        },
        'new',
      )
    },
    reason: null,
  },
  'paths that collide by case': {
    prepare(node) {
      node.commit('new')
      node.repo.commit({ 'roles/site/files/Map': 'A', 'roles/site/files/map': 'a' }, 'new')
    },
    reason: null,
  },
}

for (const [what, { config, prepare, reason }] of Object.entries(fixtures)) {
  test(`${what}: ${reason === null ? 'harmless' : 'refused'}`, async () => {
    const { node, good } = await trusting(config)
    prepare(node, good)
    node.drift()
    const report = await node.run({ cause: 'schedule' })
    assert.not(existsSync(join(node.paths.state, 'ran')))
    if (reason === null) {
      assert.is(report.exitCode, 0, report.message)
      assert.is(node.file(), 'new')
      return
    }
    assert.is(report.outcome, 'refused', report.message)
    assert.is(report.exitCode, 4)
    assert.match(report.message, reason)
    assert.is(node.file(), 'one', 'the last good release stays enforced')
    const state = await node.state()
    assert.is(state.applied?.commit, good)
    const status = await statusOf(node)
    assert.match(status, /^applied {4}\w{8} "one", .* ago, signed by ann@example\.com$/m)
    if (state.refused === null) assert.match(status, reason)
    else assert.match(status, `refused    ${state.refused.commit.slice(0, 8)} "`)

    // Not by hand either, nor while the remote is away
    const { folder } = node.repo
    rmSync(join(folder, '.git/HEAD'))
    node.drift()
    await node.run()
    assert.is(node.file(), 'one')
    assert.is((await node.state()).applied?.commit, good)
    writeFileSync(join(folder, '.git/HEAD'), 'ref: refs/heads/main\n')

    if (what.startsWith('another repo')) return
    node.repo.git('reset', '--quiet', '--hard', good)
    ann.sign(node.repo)
    node.commit('three')
    if (config !== undefined) node.repo.git('tag', '-m', 'x', 'v2.0')
    const mended = await node.run({ cause: 'schedule' })
    assert.is(mended.exitCode, 0, mended.message)
    assert.is(node.file(), 'three')
    assert.is((await node.state()).refused, null)
  })
}

test('nothing is checked, and nothing said, without verify', async () => {
  const node = createNode()
  node.commit('one')
  const { exitCode, message, warnings } = await node.run()
  assert.is(exitCode, 0)
  assert.equal(warnings, [])
  assert.not.match(`${message}${await statusOf(node)}`, /sign|verif|trust/)
})

test('an unsigned first commit touches nothing, also once the remote is away', async () => {
  const { node } = await trusting()
  const fresh = createNode()
  signNothing(node.repo)
  node.commit('bad')
  const keys = dirname(node.paths.config)
  fresh.configure(`verify:\n  allowed_signers: ${keys}/signers\n`, node.repo.url)
  const first = await fresh.run()
  assert.is(first.exitCode, 4, first.message)
  assert.match(first.message, 'No good release is there to stay in force')
  rmSync(join(node.repo.folder, '.git/HEAD'))
  assert.is((await fresh.run()).exitCode, 4)
  assert.not(existsSync(join(fresh.paths.state, 'releases')))
})

test('verify that comes later: what is in force stays, and is said to be unsigned', async () => {
  const node = createNode()
  node.commit('one')
  await node.run()
  const signers = join(dirname(node.paths.config), 'signers')
  writeFileSync(signers, allow(ann))
  node.configure(`verify:\n  allowed_signers: ${signers}\n`)
  node.drift()
  const { exitCode, message } = await node.run()
  assert.is(exitCode, 4)
  assert.match(message, /"one" is refused: it is not signed\. \w{8} "one" stays in force\. /)
  assert.is(node.file(), 'one')
})

test('keys that are out of reach let nothing in, and their return heals it', async () => {
  const { node } = await trusting()
  const signers = join(dirname(node.paths.config), 'signers')
  node.commit('two')
  rmSync(signers)
  assert.match((await node.run()).message, 'signers does not exist (verify.allowed_signers in')
  assert.is(node.file(), 'one')
  writeFileSync(signers, allow(ann))
  assert.is((await node.run()).exitCode, 0)
  assert.is(node.file(), 'two')
})

test('going back by hand, to what nobody vouches for any more, is refused', async () => {
  const { node } = await trusting()
  node.commit('two')
  await node.run()
  const keys = dirname(node.paths.config)
  eve.sign(node.repo)
  writeFileSync(join(keys, 'signers'), allow(eve))
  node.commit('three')
  assert.is((await node.run()).exitCode, 0)
  const back = await node.rollBack('1')
  assert.is(back.exitCode, 4, back.message)
  assert.match(back.message, 'does not allow')
  assert.is(node.file(), 'three')
  assert.is((await node.state()).pinned, null)
})

test('neither a pause nor a rollback by hand lets an unverified commit in', async () => {
  const { node } = await trusting()
  const second = node.commit('two')
  await node.run()
  await node.rollBack('1')
  signNothing(node.repo)
  node.commit('bad')
  const pinned = await node.run({ cause: 'schedule' })
  assert.is(pinned.exitCode, 0, pinned.message)
  assert.is(node.file(), 'one')
  assert.is((await node.state()).pinned?.from, second, 'a refused commit ends no rollback')
  assert.match(await statusOf(node), /^refused    \w{8} "bad", .*: it is not signed$/m)
})

test('a run without news verifies nothing', async () => {
  const { node } = await trusting()
  const before = await node.state()
  assert.is(before.verified.length, 1)
  assert.is((await node.run()).outcome, 'in-sync')
  assert.equal((await node.state()).verified, before.verified)
})

test.run()
