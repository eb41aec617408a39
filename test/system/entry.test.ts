import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { setEntryAttributes } from '../../agent/system/attributes.ts'
import { holdEntry, openEntry, readEntry } from '../../agent/system/entry.ts'
import { openFolder } from '../../agent/system/open-folder.ts'
import { replaceFile, replaceLink } from '../../agent/system/replace-at.ts'

const nobody = 65_534
const base = fs.mkdtempSync(join(tmpdir(), 'evenkeel-entry-'))
const theirs = join(base, 'theirs')
const secret = join(base, 'secret')
const path = join(theirs, 'file')

test.before.each(() => {
  fs.rmSync(base, { recursive: true, force: true })
  fs.mkdirSync(theirs, { recursive: true })
  fs.writeFileSync(secret, 'secret', { mode: 0o600 })
  fs.writeFileSync(path, 'x')
  fs.chownSync(theirs, nobody, nobody)
})
test.after(() => fs.rmSync(base, { recursive: true }))

/** What a user can do between a look and what follows from it. */
const swaps: Readonly<Record<string, () => void>> = {
  'a link to what is root’s': () => {
    fs.unlinkSync(path)
    fs.symlinkSync(secret, path)
  },
  'a second name of what is root’s': () => {
    fs.unlinkSync(path)
    fs.linkSync(secret, path)
  },
  'a linked folder': () => {
    fs.renameSync(theirs, join(base, 'moved'))
    fs.symlinkSync(base, theirs)
    fs.renameSync(secret, join(base, 'file'))
  },
  'nothing at all': () => fs.unlinkSync(path),
}

for (const [what, swap] of Object.entries(swaps)) {
  test(`${what} in its place: the file that was looked at is read and changed`, async () => {
    const entry = openEntry(path, true) ?? missing()
    try {
      swap()
      assert.is(String((await readEntry(entry, 100))?.content), 'x')
      const content = Buffer.from('x')
      const wanted = { uid: nobody, mode: 0o600 }
      assert.is(await setEntryAttributes(entry, wanted, { type: 'file', content }), null)
      const { uid, mode } = fs.fstatSync(entry.descriptor)
      assert.equal([uid, mode & 0o777], [nobody, 0o600])
    } finally {
      fs.closeSync(entry.descriptor)
    }
    const still = fs.existsSync(secret) ? secret : join(base, 'file')
    assert.is(fs.lstatSync(still).uid, 0)
    assert.is(fs.readFileSync(still, 'utf8'), 'secret')
  })
}

test('what grows after the look is read up to the limit', async () => {
  const entry = openEntry(path, false) ?? missing()
  try {
    fs.appendFileSync(path, 'y'.repeat(100_000))
    assert.match((await readEntry(entry, 1_000))?.unread ?? '', /file is longer than 1000 bytes$/)
    assert.is((await readEntry(entry, 100_001))?.content?.length, 100_001)
  } finally {
    fs.closeSync(entry.descriptor)
  }
})

test('a folder that was replaced by a link gets nothing', async () => {
  const folder = openFolder(theirs) ?? missing()
  try {
    fs.renameSync(theirs, join(base, 'moved'))
    fs.symlinkSync(base, theirs)
    const ids = { uid: nobody, gid: nobody }
    await replaceFile(folder, 'file', { content: Buffer.from('new'), mode: 0o640, ...ids })
    await replaceLink(folder, 'link', 'file', ids)
    const held = holdEntry(folder, 'link')
    assert.is(held?.stat.uid, nobody)
    if (held !== null) fs.closeSync(held.descriptor)
  } finally {
    fs.closeSync(folder.descriptor)
  }
  assert.equal(fs.readdirSync(base).sort(), ['moved', 'secret', 'theirs'])
  assert.is(fs.readFileSync(join(base, 'moved/file'), 'utf8'), 'new')
  assert.equal(fs.readdirSync(join(base, 'moved')).sort(), ['file', 'link'])
})

function missing(): never {
  throw new Error('it is not there')
}

test('what is held of a process that has ended is gone, and no error', async () => {
  const child = spawn('sleep', ['60'])
  const entry = openEntry(`/proc/${child.pid}/cgroup`, false)
  assert.ok(entry)
  try {
    const reading = await readEntry(entry, 1_000)
    assert.ok(reading?.content?.length)
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.is(await readEntry(entry, 1_000), null)
  } finally {
    fs.closeSync(entry.descriptor)
  }
})

test.run()
