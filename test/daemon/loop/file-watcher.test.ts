/** Real files and real inotify: what an editor, a shell and a storm do to managed files. */
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startFileWatcher } from '../../../agent/daemon/loop/file-watcher.ts'
import type { FileWatcher } from '../../../agent/daemon/loop/file-watcher.ts'
import { contextOf } from '../context.ts'
import { profileOf } from '../evidence/sample.ts'

interface Context {
  folder: string
  file: string
  watcher: FileWatcher
  seen: string[][]
}

const test = suite<Context>('file watcher')

/** Long enough for an event that came to have had its effect. */
const settle = 400

test.before.each(async (context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'watcher-'))
  const etc = join(context.folder, 'haproxy')
  mkdirSync(etc)
  context.file = join(etc, 'haproxy.cfg')
  writeFileSync(context.file, 'good\n', { mode: 0o644 })
  context.seen = []
  const given = contextOf()
  let last: readonly string[] = []
  given.events.subscribe((event) => {
    if (event.type === 'warning-began') throw new Error(event.warning.text)
    if (event.type === 'drift-seen') last = event.files
  })
  context.watcher = startFileWatcher(given, () => context.seen.push([...last]))
  const files = [context.file, join(etc, 'missing.map')]
  await context.watcher.update?.({ ...profileOf('lb1'), files })
  await sleep(50)
})

test.after.each(async ({ watcher, folder }) => {
  await watcher.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function waitFor(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue(); tries++) {
    if (tries > 2400) throw new Error('not within 2 min')
    await sleep(50)
  }
}

const edits: readonly (readonly [string, (file: string) => void])[] = [
  ['a write', (file) => appendFileSync(file, '# by hand\n')],
  ['a truncation', (file) => writeFileSync(file, '')],
  [
    'a rename over it',
    (file) => {
      writeFileSync(`${file}.new`, 'other\n')
      renameSync(`${file}.new`, file)
    },
  ],
  [
    'an editor that keeps a backup',
    (file) => {
      writeFileSync(`${file}.swp`, '')
      renameSync(file, `${file}~`)
      writeFileSync(file, 'other\n')
      rmSync(`${file}.swp`)
    },
  ],
  ['sed -i', (file) => void execFileSync('sed', ['-i', 's/good/bad/', file])],
  ['a delete', (file) => rmSync(file)],
  ['a chmod', (file) => chmodSync(file, 0o600)],
]

for (const [what, edit] of edits) {
  test(`${what} is seen`, async ({ file, seen }) => {
    edit(file)
    await waitFor(() => seen.length > 0)
    assert.equal(seen[0], [file])
  })
}

test('a file that was not there is seen when it comes', async ({ folder, seen }) => {
  const map = join(folder, 'haproxy', 'missing.map')
  writeFileSync(map, '')
  await waitFor(() => seen.length > 0)
  assert.equal(seen, [[map]])
})

test("an editor's temporary files alone are not", async ({ folder, seen }) => {
  for (const name of ['.haproxy.cfg.swp', 'haproxy.cfg~', '4913', 'sedXYZ']) {
    writeFileSync(join(folder, 'haproxy', name), 'x')
    rmSync(join(folder, 'haproxy', name))
  }
  await sleep(settle)
  assert.equal(seen, [])
})

test('a folder that was removed and made again is watched again', async ({
  folder,
  file,
  watcher,
  seen,
}) => {
  rmSync(join(folder, 'haproxy'), { recursive: true })
  await waitFor(() => seen.length > 0)
  await watcher.runBegins()
  watcher.runActs()
  mkdirSync(join(folder, 'haproxy'))
  writeFileSync(file, 'good\n')
  await watcher.runEnds({ isOurs: (path) => path === file, isForDrift: false })
  await sleep(settle)
  assert.is(seen.length, 1, 'our own writes are no drift')
  appendFileSync(file, '# by hand\n')
  await waitFor(() => seen.length > 1)
})

test('what our run writes is not seen; what a person writes meanwhile is', async ({
  folder,
  file,
  watcher,
  seen,
}) => {
  await watcher.runBegins()
  watcher.runActs()
  writeFileSync(file, 'better\n')
  await sleep(settle)
  await watcher.runEnds({ isOurs: (path) => path === file, isForDrift: false })
  await sleep(settle)
  assert.equal(seen, [])

  await watcher.runBegins()
  watcher.runActs()
  writeFileSync(join(folder, 'haproxy', 'missing.map'), 'by hand\n')
  await sleep(settle)
  assert.equal(seen, [], 'not while the run goes on')
  await watcher.runEnds({ isOurs: (path) => path === file, isForDrift: false })
  await waitFor(() => seen.length > 0)
  assert.equal(seen, [[join(folder, 'haproxy', 'missing.map')]])
})

test('a run that has not begun to act yet keeps nothing from being seen, once', async ({
  file,
  watcher,
  seen,
}) => {
  await watcher.runBegins()
  appendFileSync(file, '# by hand\n')
  await waitFor(() => seen.length > 0)
  watcher.runActs()
  writeFileSync(file, 'good\n')
  await watcher.runEnds({ isOurs: (path) => path === file, isForDrift: true })
  await sleep(settle)
  assert.is(seen.length, 1)
})

test('a storm of 1,000 writes asks for a few runs', async ({ file, watcher, seen }) => {
  let repaired = 0
  const repair = setInterval(() => {
    if (seen.length === repaired) return
    repaired = seen.length
    void watcher
      .runBegins()
      .then(() => watcher.runActs())
      .then(() => writeFileSync(file, 'good\n'))
      .then(() => watcher.runEnds({ isOurs: (path) => path === file, isForDrift: true }))
  }, 20)
  for (let count = 0; count < 1000; count++) {
    writeFileSync(file, `write ${count}\n`)
    if (count % 5 === 0) await sleep(5)
  }
  await waitFor(() => seen.length > 1)
  clearInterval(repair)
  assert.ok(seen.length <= 4, `${seen.length} runs`)
})

test.run()
