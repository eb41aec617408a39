import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { futureDisk } from '../../../agent/checks/node/future-disk.ts'
import { fakeSystem } from '../../fake-system.ts'

const place = { file: 'roles/x/tasks/main.yml', line: 7 }
const files = new Map([
  ['/etc/a/new.cfg', { text: 'new', place }],
  ['/etc/a/kept.cfg', { text: 'changed', place }],
  ['/etc/b/c/deep.cfg', { text: 'deep', place }],
])
const changing = new Set(['/etc/a/new.cfg', '/etc/a/kept.cfg', '/etc/a/old.cfg'])
const present = {
  '/etc/a/kept.cfg': 'before',
  '/etc/a/old.cfg': 'old',
  '/etc/a/foreign.cfg': 'foreign',
}
const disk = futureDisk(files, changing, fakeSystem({ files: present }))

async function read(path: string): Promise<string | null> {
  const content = await disk.readFile(path)
  return content === null ? null : new TextDecoder().decode(content)
}

test('a file is what the run makes of it', async () => {
  assert.is(await read('/etc/a/new.cfg'), 'new')
  assert.is(await read('/etc/a/kept.cfg'), 'changed')
  assert.is(await read('/etc/a/old.cfg'), null)
  assert.is(await read('/etc/a/foreign.cfg'), 'foreign')
})

test('a folder has what is written, and not what is removed', async () => {
  assert.equal(await disk.list('/etc/a'), ['foreign.cfg', 'kept.cfg', 'new.cfg'])
  assert.equal(await disk.list('/etc/b'), ['c'])
  assert.is(await disk.list('/etc/none'), null)
})

test.run()
