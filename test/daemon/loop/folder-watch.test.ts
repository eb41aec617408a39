/** Real inotify: what must not be left behind. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createFolderWatch } from '../../../agent/daemon/loop/folder-watch.ts'
import { temporaryFolder } from '../../source/git-repo.ts'

const ignore = (): void => {}
const watchers = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'FSEventWrap').length

/** Folders that are there, of these names. */
function foldersOf(...names: readonly string[]): readonly string[] {
  const root = temporaryFolder()
  return names.map((name) => {
    mkdirSync(join(root, name))
    return join(root, name)
  })
}

test('what is followed while another change is under way, or a stop, leaves no watcher behind', async () => {
  const before = watchers()
  const folders = createFolderWatch({
    onEvent: ignore,
    onReady: ignore,
    onError: (error) => assert.unreachable(String(error)),
  })
  const [one = '', two = ''] = foldersOf('one', 'two')
  assert.is(await folders.follow([one]), true)
  assert.is(await folders.follow([one]), false, 'it is watched')
  const both = [folders.follow([two]), folders.follow([one, two])]
  await folders.stop()
  await Promise.all(both)
  assert.is(await folders.follow([one]), false, 'it was stopped')
  assert.is(watchers(), before)
})

test.run()
