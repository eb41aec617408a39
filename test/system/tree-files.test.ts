/** Links of a config repo that lead to what is never read to its end. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CommitError } from '../../agent/system/errors.ts'
import { treeFiles } from '../../agent/system/tree-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-tree-'))
test.after(() => rmSync(folder, { recursive: true }))

const at = (name: string): string => join(folder, name)

async function refusal(path: string): Promise<string> {
  try {
    await treeFiles.readFile(path)
  } catch (error) {
    if (error instanceof CommitError) return error.message
    throw error
  }
  return 'nothing was thrown'
}

test('a file is read, also through links, and one that is absent is null', async () => {
  writeFileSync(at('a'), 'one')
  symlinkSync('a', at('b'))
  symlinkSync('b', at('c'))
  assert.equal(await treeFiles.readFile(at('c')), Buffer.from('one'))
  assert.is(await treeFiles.readFile(at('none')), null)
  symlinkSync('none', at('dangling'))
  assert.is(await treeFiles.readFile(at('dangling')), null)
})

test('a pipe and a link to one are refused at once', async () => {
  execFileSync('mkfifo', [at('pipe')])
  symlinkSync('pipe', at('to-pipe'))
  for (const name of ['pipe', 'to-pipe']) {
    assert.is(
      await refusal(at(name)),
      `${at(name)}: is a pipe, a device or a socket, or a link to one: put a file there`,
    )
  }
})

for (const device of ['/dev/zero', '/dev/random', '/dev/tty']) {
  test(`a link to ${device} is refused`, async () => {
    const link = at(device.replaceAll('/', '-'))
    symlinkSync(device, link)
    assert.match(await refusal(link), 'or a link to one: put a file there')
  })
}

test('a socket is refused', async () => {
  const server = createServer().listen(at('socket'))
  await new Promise((resolve) => server.on('listening', resolve))
  assert.match(await refusal(at('socket')), 'put a file there')
  server.close()
})

test('a file that holds more than a release may is refused unread', async () => {
  writeFileSync(at('sparse'), '')
  truncateSync(at('sparse'), 2 ** 40)
  assert.is(
    await refusal(at('sparse')),
    `${at('sparse')}: has more than 256 MiB, or is a link to such a file`,
  )
})

test.run()
