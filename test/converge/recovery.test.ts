/** What breaks the source of a node, and that it mends itself once the cause is gone. Drift is repaired all the time. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { linesOf } from '../lines-of.ts'
import { enterNamespace } from '../resources/namespace.ts'
import { createNode } from './node.ts'
import type { TestNode } from './node.ts'

enterNamespace(import.meta.url)

async function settled(): Promise<TestNode> {
  const node = createNode()
  node.commit('one')
  const { outcome, message } = await node.run()
  assert.is(outcome, 'converged', message)
  return node
}

interface Breakage {
  /** Breaks something, and returns how the cause goes away. */
  breakIt(node: TestNode): () => void
  /** What the run says meanwhile. */
  readonly told: RegExp
}

const breakages: Readonly<Record<string, Breakage>> = {
  'a branch that was deleted': {
    breakIt(node) {
      node.repo.git('branch', '-m', 'main', 'gone')
      return () => void node.repo.git('branch', '-m', 'gone', 'main')
    },
    told: /it has no branch "main"; it has gone; \w{8} "one" stays in force/,
  },
  'a repo that is gone': {
    breakIt(node) {
      renameSync(node.repo.folder, `${node.repo.folder}.away`)
      return () => renameSync(`${node.repo.folder}.away`, node.repo.folder)
    },
    told: /there is no such repo, .*; \w{8} "one" stays in force/,
  },
  'a mirror that is damaged while the repo is gone': {
    breakIt(node) {
      rmSync(join(node.paths.state, 'repo.git/HEAD'))
      renameSync(node.repo.folder, `${node.repo.folder}.away`)
      return () => renameSync(`${node.repo.folder}.away`, node.repo.folder)
    },
    told: /no such repo.*; and what was fetched before is damaged .*; \w{8} "one" stays in force/,
  },
  'an address with a slip of the pen': {
    breakIt(node) {
      node.configure('', `${node.repo.url}-elsewhere`)
      return () => node.configure('')
    },
    told: /-elsewhere: there is no such repo, .*; \w{8} "one" stays in force/,
  },
  'a branch in agent.yml that is not there': {
    breakIt(node) {
      node.configure('branch: mian\n')
      return () => node.configure('')
    },
    told: /it has no branch "mian"; it has main; \w{8} "one" stays in force/,
  },
}

for (const [what, { breakIt, told }] of Object.entries(breakages)) {
  test(`${what}: told, drift is repaired, and the next commit goes through afterwards`, async () => {
    const node = await settled()
    const mend = breakIt(node)
    for (let time = 0; time < 2; time++) {
      node.drift()
      const { exitCode, warnings, message } = await node.run({ cause: 'schedule' })
      assert.is(exitCode, 0, message)
      assert.match(linesOf(warnings), told)
      assert.is(node.file(), 'one')
    }
    mend()
    node.commit('two')
    const { exitCode, message, warnings } = await node.run({ cause: 'schedule' })
    assert.is(exitCode, 0, message)
    assert.not.match(linesOf(warnings), told)
    assert.is(node.file(), 'two')
  })
}

test('a mirror that lost its objects is fetched anew before history is judged', async () => {
  const node = await settled()
  node.commit('two')
  const packs = join(node.paths.state, 'repo.git/objects/pack')
  for (const name of readdirSync(packs)) {
    chmodSync(join(packs, name), 0o600)
    truncateSync(join(packs, name))
  }
  const { exitCode, message, warnings } = await node.run({ cause: 'schedule' })
  assert.is(exitCode, 0, message)
  assert.match(linesOf(warnings), /^mirror-rebuilt .*was damaged and has been fetched anew/m)
  assert.is(node.file(), 'two')
})

test('a full disk: nothing is changed that could not be taken back, and it mends itself', async () => {
  const node = createNode()
  mkdirSync(node.paths.state)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', node.paths.state])
  try {
    node.commit('one')
    assert.is((await node.run()).exitCode, 0)
    const { bavail, bsize } = statfsSync(node.paths.state)
    const filler = join(node.paths.state, 'filler')
    writeFileSync(filler, Buffer.alloc(bavail * bsize))
    node.commit('two')
    for (const cause of ['schedule', 'person'] as const) {
      const { exitCode, message, warnings } = await node.run({ cause })
      assert.is(exitCode, 1, message)
      assert.match(linesOf(warnings), /^remote-unreachable .*the disk of this node is full; /m)
      assert.is(node.file(), 'one', message)
    }
    rmSync(filler)
    node.wait(61)
    const { exitCode, message } = await node.run({ cause: 'schedule' })
    assert.is(exitCode, 0, message)
    assert.is(node.file(), 'two')
    assert.equal(await node.quarantine(), {})
  } finally {
    execFileSync('umount', [node.paths.state])
  }
})

test('a clock that was years ahead and is right again: no pause of years', async () => {
  const node = await settled()
  node.commit('two')
  const years = 10 * 365 * 24 * 60
  node.wait(years)
  node.fillDisk(true)
  for (let time = 0; time < 3; time++) await node.run()
  node.fillDisk(false)
  node.wait(-years)
  const { exitCode, message } = await node.run({ cause: 'schedule' })
  assert.is(exitCode, 0, message)
  assert.is(node.file(), 'two')
})

/** What may stand where the file is to be: each was left by somebody's mistake. */
const places: readonly (readonly [string, string])[] = [
  ['a FIFO', 'mkfifo "$0"'],
  ['a folder with something in it', 'mkdir "$0" && touch "$0/kept"'],
  ['a file of 3 GB', 'truncate -s 3G "$0"'],
  ['a link that leads nowhere', 'ln -s /nonexistent/file "$0"'],
]

for (const [what, make] of places) {
  test(`${what} in place of a file: once that is gone, the file is back at once`, async () => {
    const node = createNode()
    node.commit('one')
    await node.run()
    rmSync(node.path)
    execFileSync('sh', ['-c', make, node.path])
    // Repaired or not, and paused or not
    for (const cause of ['drift', 'schedule', 'drift'] as const) await node.run({ cause })
    rmSync(node.path, { recursive: true, force: true })
    const { outcome, message } = await node.run({ cause: 'drift' })
    assert.is(outcome, 'converged', message)
    assert.is(node.file(), 'one')
  })
}

test('a file that has become far too long is repaired like any other', async () => {
  const node = await settled()
  // More than fits into a buffer, and more than is kept for a rollback
  for (const size of [3 * 2 ** 30, 100 * 2 ** 20]) {
    node.drift('by hand', size)
    const { outcome, message, results } = await node.run()
    assert.is(outcome, 'converged', message)
    assert.is(node.file(), 'one')
    const [change] = results.flatMap(({ changes }) => changes)
    assert.match(change?.before ?? '', /^\(not read: \S+a\.conf is longer than 1 MiB\)$/m)
  }
})

test.run()
