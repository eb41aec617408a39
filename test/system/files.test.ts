import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createFiles } from '../../agent/system/files.ts'

const files = createFiles()
const nobody = 65_534
const base = fs.mkdtempSync(join(tmpdir(), 'evenkeel-files-'))
/** A folder of a user, with a link to what is root's. */
const theirs = join(base, 'theirs')
const secret = join(base, 'secret')

test.before.each(() => {
  fs.rmSync(base, { recursive: true, force: true })
  fs.mkdirSync(theirs, { recursive: true })
  fs.chmodSync(base, 0o755)
  fs.writeFileSync(secret, 'secret', { mode: 0o600 })
  fs.writeFileSync(join(theirs, 'file'), 'x')
  fs.symlinkSync(secret, join(theirs, 'link'))
  fs.symlinkSync(base, join(theirs, 'up'))
  fs.chownSync(theirs, nobody, nobody)
  fs.chownSync(join(theirs, 'file'), nobody, nobody)
})
test.after(() => fs.rmSync(base, { recursive: true }))

async function failure(act: Promise<unknown>): Promise<string> {
  return act.then(
    (value) => `it gave ${String(value)}`,
    (error: Error) => error.message,
  )
}

/** `mode owner` of what is at a path. */
function look(path: string): string {
  const { mode, uid } = fs.lstatSync(path)
  return `${(mode & 0o7777).toString(8)} ${uid}`
}

const file = { content: Buffer.from('new'), mode: 0o640, owner: 'root', group: 'root' }

test('nothing goes through a linked folder of a user', async () => {
  const path = join(theirs, 'up/secret')
  for (const act of [
    () => files.stat(path),
    () => files.inspect(path),
    () => files.readFile(path),
    () => files.list(join(theirs, 'up')),
    () => files.readLink(path),
    () => files.firmFolder(path),
    () => files.writeFile(path, file),
    () => files.setAttributes(path, { mode: 0o644 }, { type: 'file' }),
    () => files.makeFolder(join(theirs, 'up/new')),
    () => files.makeLink(path, '/etc'),
    () => files.remove(path),
    () => files.writeKernel(path, 'x'),
  ]) {
    assert.match(await failure(act()), /theirs\/up is a link \(to .*belongs to nobody/)
  }
  assert.equal(fs.readdirSync(base).sort(), ['secret', 'theirs'])
  assert.is(fs.readFileSync(secret, 'utf8'), 'secret')
  assert.is(look(secret), '600 0')
})

test('a link of a user is looked at, and nothing is done to what it leads to', async () => {
  const path = join(theirs, 'link')
  assert.is((await files.stat(path))?.type, 'link')
  const found = await files.inspect(path)
  assert.is(found?.stat.type, 'link')
  assert.equal([found?.content, found?.unread, found?.target], [null, null, secret])
  assert.match(await failure(files.readFile(path)), /is a link/)
  assert.match(await failure(files.inspect(path, { follows: true })), /is a link/)
  assert.match(await failure(files.writeKernel(path, 'x')), /ELOOP/)
  const wanted = { mode: 0o644, owner: 'nobody' }
  const refusal = await files.setAttributes(path, wanted, { type: 'file' })
  assert.match(refusal ?? '', /no file any more$/)
  assert.is(look(secret), '600 0')
  await files.writeFile(path, file)
  assert.is(fs.readFileSync(path, 'utf8'), 'new')
  assert.is(fs.readFileSync(secret, 'utf8'), 'secret')
})

test('a link of root is followed where nobody else may write', async () => {
  fs.symlinkSync('secret', join(base, 'link'))
  assert.is(String(await files.readFile(join(base, 'link'))), 'secret')
  const found = await files.inspect(join(base, 'link'), { follows: true })
  assert.is(String(found?.content), 'secret')
  assert.is(found?.stat.mode, 0o600)
  fs.symlinkSync('/dev/null', join(base, 'masked'))
  assert.is(String(await files.readFile(join(base, 'masked'))), '')
})

test('a second name in a folder of a user is not read, changed or given away', async () => {
  const path = join(theirs, 'second')
  fs.linkSync(secret, path)
  const reason = /second has 2 names \(hard links\), and \S+theirs belongs to nobody/
  const found = await files.inspect(path)
  assert.is(found?.content, null)
  assert.match(found?.unread ?? '', reason)
  assert.match(await failure(files.readFile(path)), reason)
  const wanted = { mode: 0o644, owner: 'nobody' }
  assert.match((await files.setAttributes(path, wanted, { type: 'file' })) ?? '', reason)
  assert.is(look(secret), '600 0')
  await files.writeFile(path, file)
  assert.is(fs.readFileSync(secret, 'utf8'), 'secret')
  fs.linkSync(secret, join(base, 'third'))
  assert.is(String(await files.readFile(join(base, 'third'))), 'secret', 'where root alone writes')
})

test('attributes are set of what is expected, and of nothing else', async () => {
  const path = join(theirs, 'file')
  const set = (wanted: object, expected: object): Promise<string | null> =>
    files.setAttributes(path, wanted, { type: 'file', ...expected })
  assert.is(await set({ mode: 0o600 }, { content: Buffer.from('x') }), null)
  assert.is(look(path), `600 ${nobody}`)
  assert.is(await set({ mode: 0o640, owner: 'root', group: 'root' }, {}), null)
  assert.is(look(path), '640 0')
  assert.match((await set({ mode: 0o600 }, { content: Buffer.from('y') })) ?? '', /something else/)
  assert.match((await set({ mode: 0o600 }, { type: 'directory' })) ?? '', /no directory any more$/)
  assert.match((await set({ mode: 0o4755 }, {})) ?? '', /^a setuid or setgid file is not made/)
  assert.is(look(path), '640 0')
  const none = join(theirs, 'none')
  assert.match((await files.setAttributes(none, {}, { type: 'file' })) ?? '', /not there any more$/)
})

test('a file that was of another user is not made root’s with what they may still write to it', async () => {
  const path = join(theirs, 'file')
  const expected = { type: 'file', content: Buffer.from('x') } as const
  const refusal = await files.setAttributes(path, { owner: 'root', mode: 0o600 }, expected)
  assert.match(refusal ?? '', /was another user's, who may still have it open$/)
  assert.is(look(path), `644 ${nobody}`)
})

test('a change of owner leaves setuid as it is where root alone writes', async () => {
  fs.chmodSync(secret, 0o4755)
  assert.is(await files.setAttributes(secret, { owner: 'nobody' }, { type: 'file' }), null)
  assert.is(look(secret), `4755 ${nobody}`)
})

test('only ordinary files are read, and without waiting', async () => {
  const pipe = join(base, 'pipe')
  execFileSync('mkfifo', [pipe])
  assert.match(await failure(files.readFile(pipe)), /pipe is no ordinary file$/)
  assert.is((await files.inspect(pipe))?.stat.type, 'other')
  assert.match(await failure(files.readFile('/dev/zero')), /is no ordinary file$/)
  assert.match(await failure(files.readFile(base)), /is a folder \(EISDIR\)$/)
  assert.is(await files.readFile(join(secret, 'below')), null)
  assert.is(await files.readFile(join(base, 'none')), null)
})

test('what is longer than the limit is not read to its end', async () => {
  const path = join(base, 'large')
  fs.writeFileSync(path, 'a'.repeat(300_000))
  assert.is((await files.readFile(path, { limit: 300_000 }))?.length, 300_000)
  assert.match(await failure(files.readFile(path, { limit: 299_999 })), /longer than 299999 bytes$/)
  assert.match((await files.inspect(path, { limit: 0 }))?.unread ?? '', /large is longer than 0/)
  fs.truncateSync(path, 3 * 2 ** 30)
  assert.match((await files.inspect(path))?.unread ?? '', /large is longer than 64 MiB$/)
  // It has no size before it is read
  const limits = '/proc/self/limits'
  assert.is(String(await files.readFile(limits)), fs.readFileSync(limits, 'utf8'))
  assert.match(await failure(files.readFile(limits, { limit: 100 })), /longer than 100 bytes$/)
})

test('a lease of its owner does not keep anybody waiting', async () => {
  const script = `
import fcntl, os, signal, sys
signal.signal(signal.SIGIO, signal.SIG_IGN)
file = os.open(sys.argv[1], os.O_RDWR)
fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print('ready', flush=True)
sys.stdin.read()`
  const holder = spawn('python3', ['-c', script, secret], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')
  assert.match((await files.inspect(secret))?.unread ?? '', /keeps .* from being read \(a lease\)$/)
  holder.stdin.end()
  await once(holder, 'close')
})

test('a file takes its place whole, with folders of root above it', async () => {
  const umask = process.umask(0o077)
  await files.writeFile(join(theirs, 'a/b/file'), { ...file, owner: 'nobody', mtime: 1_000_000 })
  process.umask(umask)
  assert.is(look(join(theirs, 'a')), '755 0')
  assert.is(look(join(theirs, 'a/b')), '755 0')
  assert.is(look(join(theirs, 'a/b/file')), `640 ${nobody}`)
  assert.is(fs.statSync(join(theirs, 'a/b/file')).mtimeMs, 1_000_000)
  assert.equal(fs.readdirSync(join(theirs, 'a/b')), ['file'])
})

test('what can not be written leaves nothing behind, and the reason names the path alone', async () => {
  fs.mkdirSync(join(theirs, 'folder/full'), { recursive: true })
  assert.match(
    await failure(files.writeFile(join(theirs, 'folder'), file)),
    /^\S+theirs\/folder: EISDIR: illegal operation on a directory$/,
  )
  assert.match(
    await failure(files.writeFile(join(theirs, 'x'), { ...file, owner: 'no-such' })),
    /theirs\/x: there is no user "no-such" on this node$/,
  )
  assert.match(
    await failure(files.writeFile(join(theirs, 'file/below'), file)),
    /theirs\/file is there, and is no folder$/,
  )
  assert.equal(fs.readdirSync(theirs).sort(), ['file', 'folder', 'link', 'up'])
})

test('folders are made with their attributes, and get them if they are there', async () => {
  const path = join(theirs, 'a/b')
  await files.makeFolder(path, { mode: 0o2750, owner: 'nobody' })
  assert.is(look(join(theirs, 'a')), '755 0')
  assert.is(look(path), `2750 ${nobody}`)
  await files.makeFolder(path, { mode: 0o700 })
  assert.is(look(path), `700 ${nobody}`)
  await files.makeFolder(path)
  assert.is(look(path), `700 ${nobody}`)
})

test('a link takes the place of a file or a link, with its owner', async () => {
  await files.makeLink(join(theirs, 'link'), 'file', { owner: 'nobody', group: 'root' })
  assert.is(fs.readlinkSync(join(theirs, 'link')), 'file')
  assert.is(fs.lstatSync(join(theirs, 'link')).uid, nobody)
  await files.makeLink(join(theirs, 'file'), '/none')
  assert.is(await files.readLink(join(theirs, 'file')), '/none')
  assert.is(await files.readLink(join(theirs, 'none')), null)
  assert.is(await files.readLink(secret), null)
})

test('removed are files, links and empty folders', async () => {
  fs.mkdirSync(join(theirs, 'folder/inner'), { recursive: true })
  await files.remove(join(theirs, 'link'))
  await files.remove(join(theirs, 'file'))
  await files.remove(join(theirs, 'none/below'))
  assert.match(await failure(files.remove(join(theirs, 'folder'))), /folder: ENOTEMPTY: /)
  await files.remove(join(theirs, 'folder/inner'))
  await files.remove(join(theirs, 'folder'))
  assert.equal(fs.readdirSync(theirs), ['up'])
  assert.ok(fs.existsSync(secret))
})

test('many at once keep few descriptors, and none in the end', async () => {
  const count = (): number => fs.readdirSync('/proc/self/fd').length
  const before = count()
  let most = 0
  const all = Array.from({ length: 500 }, async () => {
    await files.inspect(join(theirs, 'file'))
    most = Math.max(most, count() - before)
    await failure(files.readFile(join(theirs, 'link')))
    await files.list(theirs)
  })
  await Promise.all(all)
  assert.ok(most <= 2 * 16, `${most} at once`)
  assert.is(count(), before)
})

test('names of the kernel', async () => {
  assert.match(
    String(await files.readFile('/proc/self/status')),
    new RegExp(`Pid:\\s${process.pid}`),
  )
  assert.is(await files.readFile('/proc/999999999/status'), null)
  const inodes = await files.readLink('/proc/self/ns/net')
  assert.match(inodes ?? '', /^net:\[\d+\]$/)
  assert.ok((await files.list('/sys/class/net'))?.includes('lo'))
  assert.is(String(await files.readFile('/sys/class/net/lo/mtu')).trim(), '65536')
  assert.match(
    await failure(files.writeKernel('/proc/sys/none/none', '1')),
    /none: ENOENT: no such file or directory$/,
  )
})

test.run()
