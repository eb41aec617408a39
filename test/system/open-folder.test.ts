import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { at, firmFolder, openFolder } from '../../agent/system/open-folder.ts'
import type { OpenFolder } from '../../agent/system/open-folder.ts'

const nobody = 65_534
const base = fs.mkdtempSync(join(tmpdir(), 'evenkeel-open-'))
/** Root's alone. */
const ours = join(base, 'ours')
/** Of a user. */
const theirs = join(base, 'theirs')

test.before.each(() => {
  fs.rmSync(base, { recursive: true, force: true })
  fs.mkdirSync(join(ours, 'a/b'), { recursive: true })
  fs.mkdirSync(join(theirs, 'a/b'), { recursive: true })
  fs.writeFileSync(join(ours, 'a/b/file'), 'ours')
  fs.chmodSync(base, 0o755)
  fs.chownSync(theirs, nobody, nobody)
})
test.after(() => fs.rmSync(base, { recursive: true }))

/** Opens a folder for as long as it is needed. */
function use<T>(path: string, act: (folder: OpenFolder) => T): T {
  const folder = openFolder(path)
  if (folder === null) throw new Error(`${path} is not there`)
  try {
    return act(folder)
  } finally {
    fs.closeSync(folder.descriptor)
  }
}

function refusal(path: string): string {
  try {
    const folder = openFolder(path)
    if (folder !== null) fs.closeSync(folder.descriptor)
    return folder === null ? 'it is not there' : `it is ${folder.path}`
  } catch (error) {
    return (error as Error).message
  }
}

test('what happens goes on in the folder that was opened, wherever that is moved', () => {
  use(join(theirs, 'a/b'), (folder) => {
    fs.renameSync(join(theirs, 'a/b'), join(theirs, 'moved'))
    fs.symlinkSync(join(ours, 'a/b'), join(theirs, 'a/b'))
    fs.writeFileSync(at(folder, 'new'), 'x')
  })
  assert.equal(fs.readdirSync(join(theirs, 'moved')), ['new'])
  assert.equal(fs.readdirSync(join(ours, 'a/b')), ['file'])
})

test('folders that are not there, and files in their place', () => {
  assert.is(openFolder(join(ours, 'none/b')), null)
  assert.is(openFolder(join(ours, 'a/b/file')), null)
  assert.is(openFolder(join(ours, 'a/b/file/below')), null)
  use('/', ({ path, exposure, isFirm }) =>
    assert.equal([path, exposure, isFirm], ['/', null, true]),
  )
})

test('a link of root in a folder of root is followed', () => {
  fs.symlinkSync('ours/a', join(base, 'relative'))
  fs.symlinkSync(join(base, 'relative'), join(base, 'absolute'))
  fs.symlinkSync('../relative/b', join(ours, 'up'))
  for (const link of ['relative/b', 'absolute/b', 'ours/up']) {
    use(join(base, link), ({ path }) => assert.is(path, join(ours, 'a/b')))
  }
  fs.symlinkSync('circle', join(base, 'circle'))
  assert.match(refusal(join(base, 'circle/x')), /leads through too many links/)
  fs.symlinkSync('none', join(base, 'dangling'))
  assert.is(openFolder(join(base, 'dangling/x')), null)
})

const swaps: Readonly<Record<string, readonly [make: () => void, path: string, said: RegExp]>> = {
  'a link in a folder of a user': [
    () => fs.symlinkSync(join(ours, 'a'), join(theirs, 'link')),
    join(theirs, 'link/b'),
    /theirs\/link\/b: \S+theirs\/link is a link \(to \S+ours\/a\), and \S+theirs belongs to nobody, .*; write a path without links, or make \S+theirs writable to root alone$/,
  ],
  'a link of a user in a folder of root': [
    () => {
      fs.symlinkSync('a', join(ours, 'link'))
      fs.lchownSync(join(ours, 'link'), nobody, nobody)
    },
    join(ours, 'link/b'),
    /it belongs to nobody, .* or "chown -h root \S+ours\/link"$/,
  ],
  'a link in a folder that a group may write': [
    () => {
      fs.chownSync(ours, 0, 4)
      fs.chmodSync(ours, 0o775)
      fs.symlinkSync('a', join(ours, 'link'))
    },
    join(ours, 'link'),
    /^\S+ours\/link is a link \(to \S+ours\/a\), and group adm may write to \S+ours, /,
  ],
  'a link in a folder that anybody may add to': [
    () => {
      fs.chmodSync(ours, 0o1777)
      fs.symlinkSync('a', join(ours, 'link'))
    },
    join(ours, 'link'),
    /and anybody may write to \S+ours, /,
  ],
  'a link of root in a folder of root, below a folder of a user': [
    () => {
      fs.mkdirSync(join(theirs, 'root'))
      fs.symlinkSync('b', join(theirs, 'root/link'))
    },
    join(theirs, 'root/link'),
    /and \S+theirs belongs to nobody/,
  ],
}
for (const [what, [make, path, said]] of Object.entries(swaps)) {
  test(`${what} is refused, with the reason and what to do`, () => {
    make()
    assert.match(refusal(path), said)
  })
}

test('who else can change a folder, or put another in its place', () => {
  const exposureOf = (path: string): string | undefined =>
    use(path, ({ exposure }) => exposure?.path.slice(base.length))
  assert.is(exposureOf(join(ours, 'a/b')), undefined)
  assert.is(exposureOf(theirs), '/theirs')
  assert.is(exposureOf(join(theirs, 'a/b')), '/theirs', 'root owns it, and they may rename it')
  fs.mkdirSync(join(base, 'tmp/root'), { recursive: true })
  fs.mkdirSync(join(base, 'tmp/user'))
  fs.chownSync(join(base, 'tmp/user'), nobody, nobody)
  fs.chmodSync(join(base, 'tmp'), 0o1777)
  assert.is(exposureOf(join(base, 'tmp')), '/tmp')
  assert.is(exposureOf(join(base, 'tmp/root')), undefined, 'others can only add to a sticky folder')
  assert.is(exposureOf(join(base, 'tmp/user')), '/tmp/user')
  fs.chmodSync(join(base, 'tmp'), 0o777)
  assert.is(exposureOf(join(base, 'tmp/root')), '/tmp')
})

test('the deepest folder that nobody else can replace', () => {
  assert.is(firmFolder(join(ours, 'a/b/none/below')), join(ours, 'a/b'))
  assert.is(firmFolder(join(theirs, 'a/b')), theirs)
  assert.is(firmFolder('/none/below'), '/')
  fs.mkdirSync(join(base, 'tmp/user'), { recursive: true })
  fs.chownSync(join(base, 'tmp/user'), nobody, nobody)
  fs.chmodSync(join(base, 'tmp'), 0o1777)
  assert.is(firmFolder(join(base, 'tmp/user/x')), join(base, 'tmp'), 'its owner may rename it')
})

test('no descriptor stays open, whatever is found', () => {
  const count = (): number => fs.readdirSync('/proc/self/fd').length
  fs.symlinkSync(join(ours, 'a'), join(theirs, 'link'))
  fs.symlinkSync('circle', join(base, 'circle'))
  const before = count()
  for (const path of ['ours/a/b', 'none', 'ours/a/b/file/x', 'theirs/link/b', 'circle/x']) {
    refusal(join(base, path))
  }
  assert.is(count(), before)
})

test('the root that a process sees', () => {
  use(`/proc/${process.pid}/root/etc`, ({ path }) => {
    assert.is(path, `/proc/${process.pid}/root/etc`)
  })
  use('/proc/self/task', ({ path }) => assert.is(path, `/proc/${process.pid}/task`))
})

test.run()
