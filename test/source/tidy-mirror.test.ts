import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fetchCommit } from '../../agent/source/fetch-commit.ts'
import type { SourceConfig } from '../../agent/source/source-config.ts'
import { tidyMirror } from '../../agent/source/tidy-mirror.ts'
import { createRepo, nodeOf } from './git-repo.ts'

function inMirror(config: SourceConfig, ...argv: readonly string[]): string {
  return execFileSync('git', ['--git-dir', join(config.folder, 'repo.git'), ...argv], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()
}

/** Bytes of the packs, in KiB as Git counts them. */
function sizeOf(config: SourceConfig): number {
  return Number(/size-pack: (\d+)/.exec(inMirror(config, 'count-objects', '-v'))?.[1])
}

function has(config: SourceConfig, commit: string): boolean {
  try {
    return inMirror(config, 'cat-file', '-t', commit) === 'commit'
  } catch {
    return false
  }
}

test('what was pushed and replaced goes, what is in force stays', async () => {
  const repo = createRepo()
  const first = repo.commit({ a: '1' }, 'First')
  const inForce = repo.commit({ a: '2' }, 'In force')
  const config = nodeOf(repo.url)
  await fetchCommit(config)
  // 2 MiB that don't compress, refused, and replaced by force twice
  const large = repo.commit({ large: randomBytes(2 * 2 ** 20) }, 'Too large')
  await fetchCommit(config)
  repo.git('reset', '--quiet', '--hard', first)
  const tip = repo.commit({ a: '3' }, 'Another history')
  await fetchCommit(config)
  assert.ok(sizeOf(config) > 2 * 1024)

  await tidyMirror(config, [inForce, 'f'.repeat(40)], 2 ** 20)
  assert.ok(sizeOf(config) < 512, `${sizeOf(config)} KiB`)
  assert.not(has(config, large))
  for (const commit of [first, inForce, tip]) assert.ok(has(config, commit), commit)

  // What is no longer named goes the next time
  repo.commit({ large: randomBytes(2 * 2 ** 20) }, 'Too large again')
  await fetchCommit(config)
  await tidyMirror(config, [tip], 2 ** 20)
  assert.not(has(config, inForce))
  assert.is((await fetchCommit(config)).subject, 'Too large again')
})

test('a mirror that is small, has not doubled or is not there is left alone', async () => {
  const repo = createRepo()
  const first = repo.commit({ a: '1' })
  const config = nodeOf(repo.url)
  await tidyMirror(config, [])
  await fetchCommit(config)
  repo.git('commit', '--quiet', '--amend', '-m', 'Anew')
  await fetchCommit(config)
  await tidyMirror(config, [])
  assert.ok(has(config, first))
})

test.run()
