import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fetchCommit } from '../../agent/source/fetch-commit.ts'
import type { SourceConfig } from '../../agent/source/source-config.ts'
import { LocalError, UsageError } from '../../agent/system/errors.ts'
import { createRepo, nodeOf, temporaryFolder } from './git-repo.ts'
import { freePort, startDaemon, startSilentServer } from './git-server.ts'

/** The error that fetching ends with. */
async function errorOf(config: SourceConfig, protocols?: readonly string[]): Promise<Error> {
  try {
    await fetchCommit(config, protocols === undefined ? {} : { protocols })
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('nothing was thrown')
}

const mirrorOf = (config: SourceConfig): string => join(config.folder, 'repo.git')

/** What another program finds in the mirror. */
function inMirror(config: SourceConfig, ...argv: readonly string[]): string {
  return execFileSync('git', ['--git-dir', mirrorOf(config), ...argv], { encoding: 'utf8' }).trim()
}

test('what a commit is called can not move the cursor', async () => {
  const repo = createRepo()
  repo.git('config', 'user.name', 'x')
  repo.commit({ a: '1' })
  writeFileSync(join(repo.folder, 'b'), '1')
  repo.git('add', 'b')
  repo.git(
    'commit',
    '--quiet',
    '--author=\u001b[31mEve <e\u001b[0m@x>',
    '-m',
    '\u001b[2JAll is fine\u202e',
  )
  const { subject, author } = await fetchCommit(nodeOf(repo.url))
  assert.is(subject, '�[2JAll is fine�')
  // Git itself takes off what a name begins with
  assert.is(author, '[31mEve <e�[0m@x>')
})

test('the first fetch brings the commit and tells what it is', async () => {
  const repo = createRepo()
  repo.commit({ a: '1' })
  const commit = repo.commit({ a: '2' }, 'Größer\n\nWith a body')
  const config = nodeOf(repo.url)
  assert.equal(await fetchCommit(config), {
    commit,
    subject: 'Größer',
    author: 'Ann Author <ann@example.com>',
    date: '2024-01-02T11:00:00+01:00',
    reachable: true,
    moved: true,
  })
  assert.is(inMirror(config, 'rev-list', '--count', 'main'), '2')
  assert.equal(readdirSync(config.folder), ['repo.git'])
})

test('nothing is fetched while the branch stays where it is', async () => {
  const repo = createRepo()
  const commit = repo.commit({ a: '1' })
  const config = nodeOf(repo.url)
  await fetchCommit(config)
  // This stops a fetch, and nothing else.
  appendFileSync(join(mirrorOf(config), 'config'), '[fetch]\n\tparallel = -1\n')
  const again = await fetchCommit(config)
  assert.is(again.commit, commit)
  assert.is(again.moved, false)
  assert.is(again.rebuilt, undefined)
  repo.commit({ a: '2' })
  assert.match((await fetchCommit(config)).rebuilt ?? '', /fetch\.parallel/)
})

test('a new commit is fetched into the same mirror, as a pack', async () => {
  const repo = createRepo()
  repo.commit({ a: '1' })
  const config = nodeOf(repo.url)
  await fetchCommit(config)
  writeFileSync(join(mirrorOf(config), 'same'), '')
  const commit = repo.commit({ a: '2' })
  const fetched = await fetchCommit(config)
  assert.is(fetched.commit, commit)
  assert.is(fetched.moved, true)
  assert.is(fetched.rebuilt, undefined)
  assert.ok(existsSync(join(mirrorOf(config), 'same')), 'not built anew')
  assert.match(inMirror(config, 'count-objects', '-v'), /^count: 0$/m)
})

test('a history that was rewound is followed here: judging it comes later', async () => {
  const repo = createRepo()
  const first = repo.commit({ a: '1' })
  repo.commit({ a: '2' })
  const config = nodeOf(repo.url)
  await fetchCommit(config)
  repo.git('reset', '--quiet', '--hard', first)
  const fetched = await fetchCommit(config)
  assert.is(fetched.commit, first)
  assert.is(fetched.moved, true)
  assert.is(fetched.rebuilt, undefined)
})

test('another branch is fetched when agent.yml names it', async () => {
  const repo = createRepo()
  repo.commit({ a: '1' })
  repo.git('checkout', '--quiet', '-b', 'next/step')
  const next = repo.commit({ a: '2' })
  const config = nodeOf(repo.url)
  await fetchCommit(config)
  const fetched = await fetchCommit({ ...config, branch: 'next/step' })
  assert.is(fetched.commit, next)
  assert.is(fetched.rebuilt, undefined)
})

test('neither tags nor other branches are fetched', async () => {
  const repo = createRepo()
  repo.commit({ a: '1' })
  repo.git('tag', '-m', 'x', 'v1')
  repo.git('branch', 'other')
  const config = nodeOf(repo.url)
  await fetchCommit(config)
  assert.is(inMirror(config, 'for-each-ref', '--format=%(refname)'), 'refs/heads/main')
})

test('the highest version among the tags is fetched, whether annotated or not', async () => {
  const repo = createRepo()
  repo.commit({ a: '1' })
  repo.git('tag', '-m', 'x', 'v1.9')
  const config = nodeOf(repo.url, { tag: 'v*' })
  const first = await fetchCommit(config)
  assert.is(first.tag?.name, 'v1.9')
  assert.is(first.commit, repo.git('rev-parse', 'HEAD').trim())
  assert.is(first.tag?.object, repo.git('rev-parse', 'v1.9').trim())
  assert.is((await fetchCommit(config)).moved, false)

  const second = repo.commit({ a: '2' })
  repo.git('tag', 'v1.10')
  repo.git('tag', '-m', 'x', 'v1.10-rc1')
  repo.git('tag', 'web-v2')
  const fetched = await fetchCommit(config)
  assert.equal(fetched.tag, { name: 'v1.10', object: second })
  assert.is(fetched.commit, second)
  assert.is(fetched.moved, true)
  assert.is(fetched.rebuilt, undefined)
})

test('a tag that is gone is followed no more, and one that was moved is', async () => {
  const repo = createRepo()
  const first = repo.commit({ a: '1' })
  repo.git('tag', 'v1')
  repo.commit({ a: '2' })
  repo.git('tag', 'v2')
  const config = nodeOf(repo.url, { tag: 'v*' })
  await fetchCommit(config)
  repo.git('tag', '-d', 'v2')
  assert.equal((await fetchCommit(config)).tag, { name: 'v1', object: first })
  const third = repo.commit({ a: '3' })
  repo.git('tag', '-f', 'v1')
  assert.equal((await fetchCommit(config)).tag, { name: 'v1', object: third })
  repo.git('tag', '-f', '-m', 'x', 'v1')
  const signed = await fetchCommit(config)
  assert.is(signed.commit, third)
  assert.is(signed.moved, true, 'another tag object')
})

test('tags that are not there are answered with those that are', async () => {
  const repo = createRepo()
  repo.commit({ a: '1' })
  assert.match((await errorOf(nodeOf(repo.url, { tag: 'v*' }))).message, /has no tag yet/)
  repo.git('tag', '-m', 'x', 'web-1')
  const { message } = await errorOf(nodeOf(repo.url, { tag: 'v*' }))
  assert.match(message, /it has no tag "v\*"; it has web-1$/)
})

test('tags of another pattern are not fallen back on', async () => {
  const repo = createRepo()
  repo.commit({ a: '1' })
  repo.git('tag', 'v1')
  const config = nodeOf(repo.url, { tag: 'v*' })
  await fetchCommit(config)
  renameSync(repo.folder, `${repo.folder}.away`)
  assert.is((await fetchCommit(config)).tag?.name, 'v1')
  assert.instance(await errorOf({ ...config, tag: 'w*' }), LocalError)
})

test('a tag that leads to no commit is no commit', async () => {
  const repo = createRepo()
  repo.commit({ a: '1' })
  repo.git('tag', 'v1', 'HEAD:a')
  assert.instance(await errorOf(nodeOf(repo.url, { tag: 'v*' })), LocalError)
})

test('more than a fetch may bring is refused, and takes no room', async () => {
  const repo = createRepo()
  const commit = repo.commit({ a: '1' })
  const config = nodeOf(repo.url)
  await fetchCommit(config)
  repo.commit({ b: randomBytes(2 * 1024 * 1024) })
  const large = await fetchCommit(config, { largestFile: 1024 * 1024 })
  assert.is(large.commit, commit)
  assert.is(large.reachable, false)
  assert.match(large.problem ?? '', 'Git could not take in what it sends: more than 512 MiB')
  const packs = readdirSync(join(mirrorOf(config), 'objects/pack'))
  assert.equal(
    packs.filter((name) => name.startsWith('tmp')),
    [],
  )
  assert.is((await fetchCommit(config)).reachable, true)
})

test('a repo with SHA-256 is fetched', async () => {
  const repo = createRepo('sha256')
  const commit = repo.commit({ a: '1' })
  assert.is(commit.length, 64)
  assert.is((await fetchCommit(nodeOf(repo.url))).commit, commit)
})

test('a remote that is gone is excused when there is a commit to go on with', async () => {
  const repo = createRepo()
  const commit = repo.commit({ a: '1' })
  const config = nodeOf(repo.url)
  await fetchCommit(config)
  renameSync(repo.folder, `${repo.folder}.away`)
  const gone = await fetchCommit(config)
  assert.is(gone.commit, commit)
  assert.is(gone.subject, 'Change the pair')
  assert.is(gone.reachable, false)
  assert.is(gone.moved, false)
  assert.is(
    gone.problem,
    `config repo ${repo.url}: there is no such repo, or none that this node may read`,
  )
  renameSync(`${repo.folder}.away`, repo.folder)
  const back = await fetchCommit(config)
  assert.is(back.reachable, true)
  assert.is(back.problem, undefined)
})

test('a server that is stopped later refuses the connection, which is excused', async () => {
  const repo = createRepo()
  const commit = repo.commit({ a: '1' })
  const daemon = await startDaemon(dirname(repo.folder))
  try {
    const config = nodeOf(`git://127.0.0.1:${daemon.port}/${basename(repo.folder)}`)
    const protocols = ['git']
    assert.is((await fetchCommit(config, { protocols })).reachable, true)
    await daemon.stop()
    const gone = await fetchCommit(config, { protocols })
    assert.is(gone.commit, commit)
    assert.is(gone.reachable, false)
    assert.match(gone.problem ?? '', /127\.0\.0\.1 refuses the connection/)
  } finally {
    await daemon.stop()
  }
})

test('one connection asks and brings what is new', async () => {
  const repo = createRepo()
  repo.commit({ a: '1' })
  const daemon = await startDaemon(dirname(repo.folder))
  let connections = 0
  const door = createServer((socket) => {
    connections++
    const inner = connect(daemon.port, '127.0.0.1')
    socket.pipe(inner).pipe(socket)
  }).listen(0, '127.0.0.1')
  try {
    await once(door, 'listening')
    const { port } = door.address() as AddressInfo
    const config = nodeOf(`git://127.0.0.1:${port}/${basename(repo.folder)}`)
    const fetch = () => fetchCommit(config, { protocols: ['git'] })
    await fetch()
    connections = 0
    assert.is((await fetch()).moved, false)
    assert.is(connections, 1)
    const commit = repo.commit({ a: '2' })
    assert.is((await fetch()).commit, commit)
    assert.is(connections, 2)
  } finally {
    door.close()
    await daemon.stop()
  }
})

test('git:// is not used outside of tests', async () => {
  const error = await errorOf(nodeOf('git://127.0.0.1/config'))
  assert.instance(error, UsageError)
  assert.match(error.message, /git:\/\/ is not supported/)
})

test('a branch that looks like an option never reaches Git', async () => {
  const error = await errorOf(nodeOf('/srv/config.git', { branch: '--upload-pack=true' }))
  assert.instance(error, UsageError)
})

test('the first run fails when nobody listens', async () => {
  const port = await freePort()
  for (const scheme of ['ssh', 'https']) {
    const error = await errorOf(nodeOf(`${scheme}://127.0.0.1:${port}/config.git`))
    assert.instance(error, LocalError)
    assert.match(error.message, /127\.0\.0\.1 (?:refuses the connection|cannot be connected to)/)
  }
})

test('the first run fails when the server says nothing, and no process stays behind', async () => {
  const server = await startSilentServer()
  try {
    for (const scheme of ['ssh', 'https']) {
      const config = nodeOf(`${scheme}://127.0.0.1:${server.port}/config.git`, { timeout: 1 })
      const start = performance.now()
      const error = await errorOf(config)
      assert.ok(performance.now() - start < 5000, 'ended in time')
      assert.instance(error, LocalError)
      assert.match(error.message, /does not answer in time \(timeout in agent\.yml\)/)
    }
    const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    assert.not.match(processes, new RegExp(`127\\.0\\.0\\.1:${server.port}|-p ${server.port}`))
  } finally {
    server.stop()
  }
})

test('a server that says nothing is waited for no longer once there is no time', async () => {
  const server = await startSilentServer()
  const repo = createRepo()
  const first = repo.commit({ a: '1' })
  const here = nodeOf(repo.url)
  await fetchCommit(here)
  try {
    for (const scheme of ['ssh', 'https']) {
      const url = `${scheme}://127.0.0.1:${server.port}/config.git`
      writeFileSync(join(mirrorOf(here), 'cloneurl'), `${url}\n`)
      const skipping = new AbortController()
      setTimeout(() => skipping.abort(), 500)
      const start = performance.now()
      const fetched = await fetchCommit({ ...here, repo: url }, { skipRemoteWait: skipping.signal })
      assert.ok(performance.now() - start < 5000, 'long before its time limit')
      assert.is(fetched.commit, first)
      assert.is(fetched.reachable, false)
      assert.match(fetched.problem ?? '', /not waited for, since files were changed on this node/)
    }
    const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    assert.not.match(processes, new RegExp(`127\\.0\\.0\\.1:${server.port}|-p ${server.port}`))
  } finally {
    server.stop()
  }
})

test('the first run fails when there is no such repo', async () => {
  const error = await errorOf(nodeOf(`file://${temporaryFolder()}/none.git`))
  assert.instance(error, LocalError)
  assert.match(error.message, /none\.git: there is no such repo/)
})

test('a branch that is not there is answered with those that are', async () => {
  const repo = createRepo()
  repo.commit({ a: '1' })
  repo.git('branch', 'staging')
  const error = await errorOf(nodeOf(repo.url, { branch: 'mian' }))
  assert.instance(error, LocalError)
  assert.match(error.message, /it has no branch "mian"; it has main, staging$/)
})

test('a repo without a commit is told from one without the branch', async () => {
  const error = await errorOf(nodeOf(createRepo().url))
  assert.match(error.message, /has no branch yet/)
})

/** Ways in which a mirror breaks. */
const damages: Readonly<Record<string, (mirror: string) => void>> = {
  'lost its pack': (mirror) => rmSync(join(mirror, 'objects/pack'), { recursive: true }),
  'has an empty pack after a power loss': (mirror) => {
    for (const name of readdirSync(join(mirror, 'objects/pack'))) {
      chmodSync(join(mirror, 'objects/pack', name), 0o600)
      truncateSync(join(mirror, 'objects/pack', name))
    }
  },
  'has an empty ref': (mirror) => truncateSync(join(mirror, 'refs/heads/main')),
  'has a ref full of garbage': (mirror) => {
    writeFileSync(join(mirror, 'refs/heads/main'), 'garbage\n')
  },
  'has a broken config': (mirror) => writeFileSync(join(mirror, 'config'), '[core\n'),
  'lost its HEAD': (mirror) => rmSync(join(mirror, 'HEAD')),
  'is locked by a Git that was killed': (mirror) => {
    writeFileSync(join(mirror, 'refs/heads/main.lock'), '')
  },
}
for (const [damage, breakIt] of Object.entries(damages)) {
  test(`a mirror that ${damage} is built anew, and said to be`, async () => {
    const repo = createRepo()
    repo.commit({ a: '1' })
    const config = nodeOf(repo.url)
    await fetchCommit(config)
    breakIt(mirrorOf(config))
    const commit = repo.commit({ a: '2' })
    const fetched = await fetchCommit(config)
    assert.is(fetched.commit, commit)
    assert.is(fetched.reachable, true)
    assert.match(fetched.rebuilt ?? '', /repo\.git was damaged and has been fetched anew \(.+\)$/)
    inMirror(config, 'fsck', '--strict')
    assert.equal(readdirSync(config.folder), ['repo.git'])
    const again = await fetchCommit(config)
    assert.is(again.rebuilt, undefined)
  })
}

test('a damaged mirror and a remote that is gone: both are told', async () => {
  const repo = createRepo()
  repo.commit({ a: '1' })
  const config = nodeOf(repo.url)
  await fetchCommit(config)
  rmSync(join(mirrorOf(config), 'HEAD'))
  renameSync(repo.folder, `${repo.folder}.away`)
  const error = await errorOf(config)
  assert.instance(error, LocalError)
  assert.match(error.message, /there is no such repo.*; and what was fetched before is damaged/)
  assert.ok(existsSync(mirrorOf(config)), 'left for a person to look at')
})

test('a repo that moved elsewhere never falls back on the old one', async () => {
  const repo = createRepo()
  repo.commit({ a: '1' })
  const config = nodeOf(repo.url)
  await fetchCommit(config)
  const error = await errorOf({ ...config, repo: `${repo.url}-elsewhere` })
  assert.instance(error, LocalError)

  const other = createRepo()
  const commit = other.commit({ b: '1' })
  const fetched = await fetchCommit({ ...config, repo: other.url })
  assert.is(fetched.commit, commit)
  assert.is(fetched.rebuilt, undefined)
})

test('hooks do not run', async () => {
  const repo = createRepo()
  repo.commit({ a: '1' })
  const config = nodeOf(repo.url)
  await fetchCommit(config)
  const ran = join(config.folder, 'ran')
  mkdirSync(join(mirrorOf(config), 'hooks'), { recursive: true })
  const hook = join(mirrorOf(config), 'hooks/reference-transaction')
  writeFileSync(hook, `#!/bin/sh\ntouch ${ran}\n`)
  chmodSync(hook, 0o755)
  repo.commit({ a: '2' })
  assert.is((await fetchCommit(config)).moved, true)
  assert.not(existsSync(ran))
})

test('objects that Git itself finds fault with are not let in', async () => {
  const repo = createRepo()
  const commit = repo.commit({ a: '1' })
  const config = nodeOf(repo.url)
  await fetchCommit(config)

  const blob = Buffer.from(repo.git('rev-parse', 'HEAD:a').trim(), 'hex')
  const file = join(dirname(repo.folder), 'tree')
  writeFileSync(file, Buffer.concat([Buffer.from('100644 .git\0'), blob]))
  const tree = repo.git('hash-object', '-t', 'tree', '-w', '--literally', file).trim()
  const bad = repo.git('commit-tree', '-p', commit, '-m', 'Bad', tree).trim()
  repo.git('update-ref', 'refs/heads/main', bad)

  const fetched = await fetchCommit(config)
  assert.is(fetched.commit, commit)
  assert.is(fetched.reachable, false)
  assert.match(fetched.problem ?? '', /Git's own check refuses .*hasDotgit/)
})

test('what a fetch that was killed left behind does not fill the disk', async () => {
  const repo = createRepo()
  repo.commit({ a: '1' })
  const config = nodeOf(repo.url)
  await fetchCommit(config)
  const torn = join(mirrorOf(config), 'objects/pack/tmp_pack_AbCdEf')
  writeFileSync(torn, 'PACK')
  repo.commit({ a: '2' })
  assert.is((await fetchCommit(config)).rebuilt, undefined)
  assert.not(existsSync(torn))
})

test('the mirror is closed to other users, whatever folder it is in', async () => {
  const repo = createRepo()
  repo.commit({ a: '1' })
  const config = nodeOf(repo.url)
  mkdirSync(config.folder, { mode: 0o755 })
  await fetchCommit(config)
  assert.is(statSync(mirrorOf(config)).mode & 0o777, 0o700)
})

test.run()
