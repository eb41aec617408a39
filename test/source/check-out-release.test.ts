import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Warning } from '../../agent/diagnostics/warning.ts'
import { checkOutRelease } from '../../agent/source/check-out-release.ts'
import type { CheckOutOptions } from '../../agent/source/check-out-release.ts'
import { fetchCommit } from '../../agent/source/fetch-commit.ts'
import type { SourceConfig } from '../../agent/source/source-config.ts'
import { CommitError, LocalError } from '../../agent/system/errors.ts'
import { linesOf } from '../lines-of.ts'
import { createRepo, nodeOf } from './git-repo.ts'
import type { GitRepo, RepoFile } from './git-repo.ts'

const mirrorOf = (config: SourceConfig): string => join(config.folder, 'repo.git')

/** A node that fetched one commit with these files. */
async function nodeWith(
  files: Readonly<Record<string, RepoFile>>,
): Promise<{ repo: GitRepo; config: SourceConfig; commit: string }> {
  const repo = createRepo()
  const commit = repo.commit(files)
  const config = nodeOf(repo.url)
  await fetchCommit(config)
  return { repo, config, commit }
}

async function errorOf(
  config: SourceConfig,
  commit: string,
  options?: CheckOutOptions,
): Promise<Error> {
  try {
    await checkOutRelease(config, commit, options)
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('nothing was thrown')
}

const mode = (path: string): number => lstatSync(path).mode & 0o777

test('a release holds the files of the commit, closed to other users, without .git', async () => {
  const { config, commit } = await nodeWith({
    'inventory/hosts.yml': 'all:\n',
    'roles/x/files/ümlaut': Buffer.from([0, 255, 10]),
    'bin/run': { program: '#!/bin/sh\n' },
    'inventory/link': { link: '../bin/run' },
    empty: '',
  })
  const folder = await checkOutRelease(config, commit)
  assert.is(folder, join(config.folder, 'releases', commit))
  assert.equal(readdirSync(folder).sort(), ['bin', 'empty', 'inventory', 'roles'])
  assert.is(readFileSync(join(folder, 'inventory/hosts.yml'), 'utf8'), 'all:\n')
  assert.equal(readFileSync(join(folder, 'roles/x/files/ümlaut')), Buffer.from([0, 255, 10]))
  assert.is(readFileSync(join(folder, 'empty'), 'utf8'), '')
  assert.is(readlinkSync(join(folder, 'inventory/link')), '../bin/run')
  assert.is(mode(folder), 0o700)
  assert.is(mode(join(folder, 'empty')), 0o600)
  assert.is(mode(join(folder, 'bin/run')), 0o700)
})

test('the bytes are those of the commit: no filter and no attribute has a say', async () => {
  const { config, commit } = await nodeWith({
    '.gitattributes':
      '*.cfg text eol=crlf\n*.secret filter=leak\n*.id ident export-subst\nhidden export-ignore\n',
    'a.cfg': 'one\ntwo\n',
    'b.secret': 'quiet\n',
    'c.id': '$Id$ $Format:%H$\n',
    hidden: 'here\n',
  })
  const ran = join(config.folder, 'ran')
  appendFileSync(
    join(mirrorOf(config), 'config'),
    `[filter "leak"]\n\tsmudge = touch ${ran}\n\trequired = true\n`,
  )
  const folder = await checkOutRelease(config, commit)
  assert.is(readFileSync(join(folder, 'a.cfg'), 'utf8'), 'one\ntwo\n')
  assert.is(readFileSync(join(folder, 'b.secret'), 'utf8'), 'quiet\n')
  assert.is(readFileSync(join(folder, 'c.id'), 'utf8'), '$Id$ $Format:%H$\n')
  assert.is(readFileSync(join(folder, 'hidden'), 'utf8'), 'here\n')
  assert.not(existsSync(ran))
})

test('more than fits into one batch is checked out whole', async () => {
  const files: Record<string, RepoFile> = {}
  for (let i = 0; i < 5; i++) files[`map-${i}`] = Buffer.alloc(5 * 1024 * 1024, i + 1)
  const { config, commit } = await nodeWith(files)
  const folder = await checkOutRelease(config, commit)
  for (let i = 0; i < 5; i++) {
    assert.ok(readFileSync(join(folder, `map-${i}`)).equals(Buffer.alloc(5 * 1024 * 1024, i + 1)))
  }
})

test('a release that is there is used as it is, and needs no mirror', async () => {
  const { config, commit } = await nodeWith({ a: '1' })
  const folder = await checkOutRelease(config, commit)
  const { ino } = lstatSync(folder)
  rmSync(mirrorOf(config), { recursive: true })
  assert.is(await checkOutRelease(config, commit), folder)
  assert.is(lstatSync(folder).ino, ino)
})

const tampering: Readonly<Record<string, (folder: string) => void>> = {
  'a file was edited': (folder) => writeFileSync(join(folder, 'a'), '2'),
  'a file is empty after a power loss': (folder) => writeFileSync(join(folder, 'a'), ''),
  'a file is gone': (folder) => rmSync(join(folder, 'd/b')),
  'a folder is gone': (folder) => rmSync(join(folder, 'd'), { recursive: true }),
  'a file was added': (folder) => writeFileSync(join(folder, 'd/c'), ''),
  'a file became a program': (folder) => chmodSync(join(folder, 'a'), 0o700),
  'a file became readable to all': (folder) => chmodSync(join(folder, 'a'), 0o644),
  'a link leads elsewhere': (folder) => {
    rmSync(join(folder, 'link'))
    symlinkSync('/etc', join(folder, 'link'))
  },
  'a link became a file': (folder) => {
    rmSync(join(folder, 'link'))
    writeFileSync(join(folder, 'link'), 'a')
  },
  'an empty file became a pipe, on which a reader waits': (folder) => {
    rmSync(join(folder, 'empty'))
    execFileSync('mkfifo', ['-m', '600', join(folder, 'empty')])
  },
  'a file became a link to the same content': (folder) => {
    rmSync(join(folder, 'a'))
    writeFileSync(join(folder, '../elsewhere'), '1')
    symlinkSync('../elsewhere', join(folder, 'a'))
  },
}
for (const [what, tamper] of Object.entries(tampering)) {
  test(`a release in which ${what} is made anew, and said to be`, async () => {
    const { config, commit } = await nodeWith({
      a: '1',
      'd/b': '2',
      empty: '',
      link: { link: 'a' },
    })
    const folder = await checkOutRelease(config, commit)
    tamper(folder)
    const warnings: Warning[] = []
    await checkOutRelease(config, commit, { warn: (warning) => warnings.push(warning) })
    assert.is(linesOf(warnings), `release-rebuilt ${folder} was damaged and has been made anew`)
    assert.equal(readdirSync(folder).sort(), ['a', 'd', 'empty', 'link'])
    assert.equal(readdirSync(join(folder, 'd')), ['b'])
    assert.is(readFileSync(join(folder, 'a'), 'utf8'), '1')
    assert.ok(lstatSync(join(folder, 'a')).isFile())
    assert.is(mode(join(folder, 'a')), 0o600)
    assert.is(readlinkSync(join(folder, 'link')), 'a')
  })
}

test('what a killed run left behind is no release', async () => {
  const { config, commit } = await nodeWith({ a: '1', b: '2' })
  const half = join(config.folder, 'releases', `${commit}.new`)
  mkdirSync(half, { recursive: true })
  writeFileSync(join(half, 'stale'), '')
  const folder = await checkOutRelease(config, commit)
  assert.equal(readdirSync(folder).sort(), ['a', 'b'])
  assert.not(existsSync(half))
})

test('an empty folder under the name of a release is no release', async () => {
  const { config, commit } = await nodeWith({ a: '1' })
  const folder = join(config.folder, 'releases', commit)
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}.listing`, '')
  await checkOutRelease(config, commit)
  assert.equal(readdirSync(folder), ['a'])
})

const refused: readonly (readonly [string, Readonly<Record<string, RepoFile>>, string, RegExp])[] =
  [
    ['an absolute link', { a: '1', evil: { link: '/etc' } }, 'evil', /leads out of the repo/],
    ['a link above the repo', { 'd/evil': { link: '../../x' } }, 'd/evil', /leads out/],
    [
      'a link that leads out through another one',
      { 'd/up': { link: '..' }, evil: { link: 'd/up/../x' } },
      'evil',
      /leads out/,
    ],
    [
      'a file in Git LFS',
      { 'cert.pem': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n' },
      'cert.pem',
      /Git LFS/,
    ],
  ]
for (const [what, files, file, message] of refused) {
  test(`a commit with ${what} is refused and leaves nothing`, async () => {
    const { config, commit } = await nodeWith(files)
    const error = await errorOf(config, commit)
    assert.instance(error, CommitError)
    assert.match(error.message, new RegExp(`^${file}: `))
    assert.match(error.message, message)
    assert.equal(readdirSync(join(config.folder, 'releases')), [])
  })
}

test('a commit with a submodule is refused', async () => {
  const repo = createRepo()
  const inner = repo.commit({ a: '1' })
  repo.git('update-index', '--add', '--cacheinfo', `160000,${inner},roles/theirs`)
  repo.git('commit', '--quiet', '--message', 'Add a submodule')
  const config = nodeOf(repo.url)
  const { commit } = await fetchCommit(config)
  const error = await errorOf(config, commit)
  assert.instance(error, CommitError)
  assert.match(error.message, /^roles\/theirs: is a submodule/)
})

test('a commit without files is refused', async () => {
  const { config, commit } = await nodeWith({})
  const error = await errorOf(config, commit)
  assert.instance(error, CommitError)
  assert.match(error.message, /holds no files/)
})

test('a mirror that lacks the content of one file is fetched anew', async () => {
  const { repo, config, commit } = await nodeWith({ a: '1', b: '2' })
  // All objects of the repo, loose as it made them, but one.
  rmSync(join(mirrorOf(config), 'objects'), { recursive: true })
  cpSync(join(repo.folder, '.git/objects'), join(mirrorOf(config), 'objects'), { recursive: true })
  const blob = repo.git('rev-parse', 'HEAD:a').trim()
  rmSync(join(mirrorOf(config), 'objects', blob.slice(0, 2), blob.slice(2)))
  const warnings: Warning[] = []
  const folder = await checkOutRelease(config, commit, { warn: (one) => warnings.push(one) })
  assert.is(readFileSync(join(folder, 'a'), 'utf8'), '1')
  assert.is(
    linesOf(warnings),
    `mirror-rebuilt ${mirrorOf(config)} was damaged and has been fetched anew`,
  )
})

test('a damaged mirror and a remote that is gone: both are told', async () => {
  const { repo, config, commit } = await nodeWith({ a: '1' })
  rmSync(join(mirrorOf(config), 'objects/pack'), { recursive: true })
  renameSync(repo.folder, `${repo.folder}.away`)
  const error = await errorOf(config, commit)
  assert.instance(error, LocalError)
  assert.match(error.message, /cannot be read from .*repo\.git \(.+\), nor fetched anew from file:/)
  assert.match(error.message, /there is no such repo/)
})

test('a commit that nobody has is a local error', async () => {
  const { config } = await nodeWith({ a: '1' })
  assert.instance(await errorOf(config, '0'.repeat(40)), LocalError)
})

test('only a full hash names a release', async () => {
  const { config } = await nodeWith({ a: '1' })
  for (const name of ['main', '../../etc', '--all', 'abc123', '']) {
    const error = await errorOf(config, name)
    assert.instance(error, LocalError)
    assert.match(error.message, /is not the full hash/)
  }
})

test('the last five releases and the applied one stay', async () => {
  const repo = createRepo()
  const config = nodeOf(repo.url)
  const commits: string[] = []
  for (let i = 0; i < 8; i++) {
    const commit = repo.commit({ a: String(i) })
    commits.push(commit)
    await fetchCommit(config)
    const folder = await checkOutRelease(config, commit, { keep: commits.slice(0, 1) })
    // Far enough apart for any file system's clock.
    utimesSync(folder, 1_700_000_000 + i, 1_700_000_000 + i)
  }
  const wanted = [0, 3, 4, 5, 6, 7].map((i) => commits[i] ?? '')
  const listings = wanted.map((commit) => `${commit}.listing`)
  assert.equal(readdirSync(join(config.folder, 'releases')).sort(), [...wanted, ...listings].sort())
})

test('what an old killed run left behind is removed, a fresh one is not', async () => {
  const { repo, config, commit } = await nodeWith({ a: '1' })
  await checkOutRelease(config, commit)
  const releases = join(config.folder, 'releases')
  mkdirSync(join(releases, 'a.new'))
  mkdirSync(join(releases, 'b.new'))
  utimesSync(join(releases, 'a.new'), 1_700_000_000, 1_700_000_000)
  const next = repo.commit({ a: '2' })
  await fetchCommit(config)
  await checkOutRelease(config, next)
  assert.not(existsSync(join(releases, 'a.new')))
  assert.ok(existsSync(join(releases, 'b.new')))
})

test.run()
