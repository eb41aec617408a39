import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseObjects } from '../../agent/source/objects.ts'
import { resolveLink } from '../../agent/source/resolve-link.ts'
import { checkLinks, checkTree, parseTree } from '../../agent/source/tree.ts'
import type { TreeEntry } from '../../agent/source/tree.ts'

const object = 'ce013625030ba8dba906f756967f9e9ca394464a'

test('reads what ls-tree lists', () => {
  const listing = [
    `100644 blob ${object}       6\ta b/c.yml`,
    `100755 blob ${object}  123456\trun`,
    `120000 blob ${object}       6\tlink\nwith a line`,
    `160000 commit ${object}       -\tsub`,
  ]
  assert.equal(parseTree(listing.map((line) => `${line}\0`).join('')), [
    { path: 'a b/c.yml', type: 'file', object, size: 6 },
    { path: 'run', type: 'program', object, size: 123456 },
    { path: 'link\nwith a line', type: 'link', object, size: 6 },
    { path: 'sub', type: 'submodule', object, size: 0 },
  ])
})

test('what no file system takes is a fault of the commit, and is said in a line', () => {
  const entry = (path: string): TreeEntry => ({ path, type: 'file', object, size: 1 })
  const long = 'x'.repeat(256)
  const deep = Array.from({ length: 20 }, () => 'y'.repeat(200)).join('/')
  const accents = 'é'.repeat(128)
  const problems = checkTree([long, `a/${accents}`, deep, 'x'.repeat(255)].map(entry))
  assert.equal(
    problems.map(({ message }) => message.split(',')[0]),
    [
      'the name is longer than 255 bytes',
      'the name is longer than 255 bytes',
      'the path is longer than 3839 bytes',
    ],
  )
  assert.ok(problems.every(({ place }) => place.file.length <= 100))
})

test('the name of a file can not move the cursor', () => {
  const [problem] = checkTree([{ path: '\u001b[2Ja', type: 'submodule', object, size: 0 }])
  assert.is(problem?.place.file, '�[2Ja')
})

test('a listing that was cut short is none', () => {
  assert.is(parseTree(`100644 blob ${object} 6\ta\x00100644 blob ${object} 6\tb`), null)
  assert.is(parseTree('100644 blo\x00'), null)
  assert.equal(parseTree(''), [])
})

const entry = (path: string, more: Partial<TreeEntry> = {}): TreeEntry => ({
  path,
  type: 'file',
  object,
  size: 6,
  ...more,
})

const faults: readonly (readonly [string, TreeEntry, RegExp])[] = [
  ['a submodule', entry('roles/x', { type: 'submodule' }), /submodule/],
  ['a name above the tree', entry('../x'), /not checked out/],
  ['a name above a folder', entry('a/../../x'), /not checked out/],
  ['an absolute name', entry('/etc/passwd'), /not checked out/],
  ['a repo within', entry('a/.GIT/config'), /not checked out/],
  ['a name that is not UTF-8', entry('a\uFFFD'), /UTF-8/],
  ['too large a file', entry('big', { size: 300 * 1024 * 1024 }), /300 MiB/],
]
for (const [name, wrong, message] of faults) {
  test(`refuses ${name}`, () => {
    const problems = checkTree([entry('fine.yml'), wrong])
    assert.is(problems.length, 1)
    assert.is(problems[0]?.place.file, wrong.path)
    assert.match(problems[0]?.message ?? '', message)
  })
}

test('a name with two dots in it is fine', () => {
  assert.equal(checkTree([entry('a..b/.gitignore')]), [])
})

/** Links, the one that is followed, and where it ends. */
const ways: readonly (readonly [Readonly<Record<string, string>>, string, string | null])[] = [
  [{ a: 'b' }, 'a', 'b'],
  [{ 'x/a': '../b/c' }, 'x/a', 'b/c'],
  [{ a: '.' }, 'a', ''],
  [{ a: 'b', b: 'c/d', 'c/d': 'e' }, 'a', 'c/e'],
  [{ a: '/etc/passwd' }, 'a', null],
  [{ a: '..' }, 'a', null],
  [{ 'x/a': '../../b' }, 'x/a', null],
  [{ 'x/a': '../y/../../b' }, 'x/a', null],
  // Harmless by its letters: x/root/.. looks like x, but leads above the root of the tree.
  [{ 'x/root': '..', a: 'x/root/../etc' }, 'a', null],
  [{ a: 'b', b: '/etc' }, 'a', null],
  [{ a: 'a' }, 'a', null],
  [{ a: 'b', b: 'a' }, 'a', null],
  [{ a: 'b/c', b: 'd' }, 'a', 'd/c'],
]
for (const [links, path, end] of ways) {
  test(`${JSON.stringify(links)}: ${path} ends at ${end}`, () => {
    assert.is(resolveLink(path, new Map(Object.entries(links))), end)
  })
}

test('all links that lead out are named together', () => {
  const links = new Map([
    ['a', '/etc/shadow'],
    ['b', 'fine.yml'],
    ['c', '..'],
  ])
  const problems = checkLinks(links)
  assert.equal(
    problems.map(({ place }) => place.file),
    ['a', 'c'],
  )
  assert.match(problems[0]?.message ?? '', /"\/etc\/shadow", which leads out of the repo/)
})

const hello = `${object} blob 6\nhello\n\n`

test('reads contents in the order that was asked for', () => {
  assert.equal(parseObjects(Buffer.from(hello + hello), [object, object]), [
    Buffer.from('hello\n'),
    Buffer.from('hello\n'),
  ])
})

const badOutputs: readonly (readonly [string, string])[] = [
  ['is missing', `${object} missing\n`],
  ['was cut short', hello.slice(0, -4)],
  ['has other bytes than its hash says', hello.replace('hello\n', 'hullo\n')],
  ['is a folder', hello.replace('blob', 'tree')],
  ['is not there', ''],
]
for (const [name, output] of badOutputs) {
  test(`an object that ${name} is found out`, () => {
    assert.is(parseObjects(Buffer.from(output), [object]), null)
  })
}

test.run()
