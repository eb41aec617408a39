import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CommitError } from '../../agent/system/errors.ts'
import { resolvePlain } from '../../agent/yaml/scalar.ts'
import { formatValuePath, isUnsafeText, readYaml } from '../../agent/yaml/yaml.ts'
import type { ValuePath } from '../../agent/yaml/yaml.ts'

/** Unquoted scalars and what PyYAML 6.0 makes of them. */
const scalars: readonly (readonly [text: string, value: unknown])[] = [
  ['yes', true],
  ['On', true],
  ['FALSE', false],
  ['off', false],
  ['y', 'y'],
  ['N', 'N'],
  ['yEs', 'yEs'],
  ['', null],
  ['~', null],
  ['Null', null],
  ['none', 'none'],
  ['0644', 420],
  ['-017', -15],
  ['0', 0],
  ['-0', 0],
  ['00', 0],
  ['0_7', 7],
  ['08', '08'],
  ['0o644', '0o644'],
  ['1_000', 1000],
  ['1__', 1],
  ['+12', 12],
  ['0x1F', 31],
  ['-0x_10', -16],
  ['0x', '0x'],
  ['0b101', 5],
  ['0b2', '0b2'],
  ['9007199254740991', 9007199254740991],
  ['9007199254740993', 9007199254740993n],
  ['1:30', 90],
  ['-1:30', -90],
  ['190:20:30', 685230],
  ['1:60', '1:60'],
  ['01:30', '01:30'],
  ['0:30', '0:30'],
  ['1:30.5', 90.5],
  ['12:34:56:78:90:ab', '12:34:56:78:90:ab'],
  ['1.5', 1.5],
  ['1.', 1],
  ['.5', 0.5],
  ['-.5', '-.5'],
  ['1_0.5', 10.5],
  ['1.5e+3', 1500],
  ['2.5E-2', 0.025],
  ['1e3', '1e3'],
  ['1.5e3', '1.5e3'],
  ['1e+3', '1e+3'],
  ['.inf', Infinity],
  ['-.INF', -Infinity],
  ['.NaN', NaN],
  ['inf', 'inf'],
  ['1.2.3', '1.2.3'],
  ['192.0.2.1', '192.0.2.1'],
  ['2024-01-02', '2024-01-02'],
  ['=', '='],
]

for (const [text, value] of scalars) {
  test(`the scalar ${JSON.stringify(text)}`, () => {
    assert.ok(Object.is(resolvePlain(text), value), String(resolvePlain(text)))
  })
}

/** Texts with a mistake, and what is said of it. */
const mistakes: readonly (readonly [name: string, text: string, said: string])[] = [
  [
    'a template without quotes',
    'a: {{ x }}\n',
    'f.yml:1 a: a value that starts with {{ needs quotes: "{{ … }}"',
  ],
  [
    'a template without quotes and text behind it',
    'b: 1\na: {{ x }}/y\n',
    'f.yml:2: a value that starts with {{ needs quotes: "{{ … }}"',
  ],
  [
    'a template without quotes in a list',
    'a:\n  - {{ x }}\n',
    'f.yml:2 a[0]: a value that starts with {{ needs quotes: "{{ … }}"',
  ],
  [
    'a Jinja statement without quotes',
    'a: {% if x %}\n',
    'f.yml:1: a value that starts with {{ needs quotes: "{{ … }}"',
  ],
  ['a tab', 'a:\n\tb: 1\n', 'f.yml:2: indent with spaces: YAML allows no tab here'],
  ['a colon in a value', 'a: b: c\n', 'f.yml:1: a value with ": " in it needs quotes'],
  [
    'a reserved character',
    'a: @x\n',
    'f.yml:1: a value that starts with this character needs quotes',
  ],
  [
    'a quote that never closes',
    "x: 1\na: 'x\nb: 1\nc: 2\n",
    'f.yml:2: the quote that opens here never closes',
  ],
  [
    'text behind a quote',
    'a: "b" c\n',
    'f.yml:1: text after the end of a value: quote the whole value',
  ],
  [
    'a key without a colon',
    'hosts:\n  a:\n  b\n',
    'f.yml:3: a key needs a colon behind it; if it continues a text, indent it more',
  ],
  [
    'a key out of line',
    'a:\n    b: 1\n  c: 2\n',
    'f.yml:3: indent this line like the keys above it',
  ],
  [
    'a list out of line',
    'a:\n    - 1\n  - 2\n',
    'f.yml:3: indent this line like the items above it',
  ],
  [
    'a bracket that never closes',
    'a: [1, 2\nb: 3\n',
    'f.yml:2: the [ that opens before this line never closes',
  ],
  [
    'an escape that does not exist',
    'a: "\\d"\n',
    'f.yml:1: no such escape in double quotes: use single quotes, or write \\\\ for a backslash',
  ],
  [
    'two documents',
    'a: 1\n---\nb: 1\n',
    'f.yml:2: a file holds one document: remove the second ---',
  ],
  [
    'a text that looks like an alias',
    'a: *.example.com\n',
    'f.yml:1 a: there is no anchor &.example.com above; if it is text, quote it: "*.example.com"',
  ],
  ['an alias of what is around it', 'a: &x [*x]\n', 'f.yml:1 a[0]: *x contains itself'],
  [
    'a merge of no map',
    'a: &x [1]\nb:\n  <<: *x\n',
    'f.yml:3 b: << takes a map or a list of maps, such as <<: *name',
  ],
  [
    'a tag of somebody else',
    'a: !important b\n',
    "f.yml:1 a: the tag !important can't be read here; if it is text, quote it",
  ],
  [
    'a tag that is not true',
    'a: !!int x\n',
    "f.yml:1 a: the tag !!int can't be read here; if it is text, quote it",
  ],
  [
    'a set',
    'a: !!set {b}\n',
    'f.yml:1 a: the tag !!set is not supported: write a plain list or map',
  ],
  ['a map as a key', '? [a]\n: b\n', 'f.yml:1: a key must be text'],
  [
    'a number that is too large',
    'a: 12345678901234567890\n',
    'f.yml:1 a: too large for a number: quote it',
  ],
]

for (const [name, text, said] of mistakes) {
  test(`says it of ${name}`, () => {
    assert.is(problemsOf(text), said)
  })
}

test('Ansible Vault is refused with its name', () => {
  const said = /^f\.yml:1 a\.b: Ansible Vault is not supported yet: /
  assert.match(problemsOf('a: { b: !vault "$ANSIBLE_VAULT;1.1;AES256" }\n'), said)
  assert.match(problemsOf('$ANSIBLE_VAULT;1.1;AES256\n66\n'), /^f\.yml:1: Ansible Vault is not/)
})

test('every key that is there twice is told, with the line of the first', () => {
  assert.is(
    problemsOf('a: 1\nb:\n  - c: 1\n    d: 2\n    c: 3\na: 4\n'),
    'f.yml:5 b[0].c: this key is here twice, first in line 3\n' +
      'f.yml:6 a: this key is here twice, first in line 1',
  )
})

test('aliases of aliases that would fill the memory are refused', () => {
  const levels = 'abcdefghi'.split('')
  const bomb = levels.map((name, at) => {
    const items = at === 0 ? 'x' : `*${levels[at - 1]}`
    return `${name}: &${name} [${Array(9).fill(items).join(', ')}]\n`
  })
  assert.match(problemsOf(bomb.join('')), /too large once its aliases are followed/)
})

test('a file without content is null', () => {
  assert.is(readYaml('', 'f.yml').value, null)
  assert.is(readYaml('---\n# nothing\n', 'f.yml').value, null)
})

test('a %YAML line changes nothing', () => {
  assert.equal(readYaml('%YAML 1.2\n---\na: yes\n', 'f.yml').value, { a: true })
})

test('a file that is JSON is read as JSON, with places', () => {
  const source = readYaml('{\n\t"a": [1e3, "yes"],\n\t"b": 12\n}\n', 'f.json')
  assert.equal(source.value, { a: [1000, 'yes'], b: 12 })
  assert.is(source.place(['b']).line, 3)
})

test('merge keys: own keys win, and the first of a list', () => {
  const text =
    'a: &a { x: a, y: a }\nb: &b { x: b, z: b }\nc:\n  y: c\n  <<: [*a, *b]\nd: { <<: *a, <<: *b }\n'
  assert.equal(readYaml(text, 'f.yml').value, {
    a: { x: 'a', y: 'a' },
    b: { x: 'b', z: 'b' },
    c: { x: 'a', y: 'c', z: 'b' },
    d: { x: 'b', y: 'a', z: 'b' },
  })
})

test('!unsafe marks a text', () => {
  const marked = readYaml("!unsafe '{{ x }}'\n", 'f.yml').value
  assert.equal(marked, { __ansible_unsafe: '{{ x }}' })
  assert.ok(isUnsafeText(marked))
  assert.not.ok(isUnsafeText(readYaml("'{{ x }}'\n", 'f.yml').value))
})

test('a key named __proto__ is a key', () => {
  const value = readYaml('__proto__: { polluted: yes }\n', 'f.yml').value
  assert.equal(Object.keys(Object(value)), ['__proto__'])
  assert.is(Object.getPrototypeOf(value), Object.prototype)
})

const document = `# line 1
a:
  b:
    - x: 1
      y:
        z: 2
    - 3
base: &base
  m: 1
  n: { o: 2 }
c:
  <<: *base
  m: 4
d: *base
80: { e: 5 }
`

/** Lines count from 1; of what does not exist, the nearest parent. */
const places: readonly (readonly [path: ValuePath, line: number])[] = [
  [[], 2],
  [['a'], 2],
  [['a', 'b'], 3],
  [['a', 'b', 0], 4],
  [['a', 'b', 0, 'y'], 5],
  [['a', 'b', 0, 'y', 'z'], 6],
  [['a', 'b', 1], 7],
  [['a', 'b', 2], 3],
  [['a', 'b', 0, 'none', 'at', 'all'], 4],
  [['none'], 2],
  [['c', 'm'], 13],
  [['c', 'n'], 10],
  [['c', 'n', 'o'], 10],
  [['d'], 14],
  [['d', 'm'], 9],
  [['80', 'e'], 15],
]

for (const [path, line] of places) {
  test(`the place of ${formatValuePath(path) || 'all'}`, () => {
    const key = path.length === 0 ? undefined : formatValuePath(path)
    assert.equal(readYaml(document, 'f.yml').place(path), { file: 'f.yml', line, key })
  })
}

test('paths as people write them', () => {
  assert.is(formatValuePath(['a', 0, 'b', 'c', 1]), 'a[0].b.c[1]')
})

function problemsOf(text: string): string {
  try {
    readYaml(text, 'f.yml')
  } catch (error) {
    if (error instanceof CommitError) return error.message
    throw error
  }
  return 'no problem'
}

test.run()
