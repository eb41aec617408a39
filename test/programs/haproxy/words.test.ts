import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { expandAddress, isKnown, splitWords } from '../../../agent/programs/haproxy/words.ts'

const environment = {
  variables: new Map<string, string | null | undefined>([
    ['A', 'one two'],
    ['EMPTY', ''],
    ['GONE', undefined],
    ['DARK', null],
  ]),
  isComplete: true,
}

/** A line of haproxy.cfg, and its words; a variable of unknown value is shown as ?. */
const cases: readonly (readonly [string, readonly string[]])[] = [
  ['bind :80', ['bind', ':80']],
  ['bind\t:80  \t ssl ', ['bind', ':80', 'ssl']],
  ['bind :80 # all', ['bind', ':80']],
  ['bind :80#all', ['bind', ':80']],
  ['# bind :80', []],
  ['bind :80\r', ['bind', ':80']],
  ['a "b c" d', ['a', 'b c', 'd']],
  ['a "b # c" d', ['a', 'b # c', 'd']],
  ["a 'b # \"c' d", ['a', 'b # "c', 'd']],
  [`a "it's" b`, ['a', "it's", 'b']],
  ['a"b"c', ['abc']],
  ['a "" b', ['a', '', 'b']],
  ['a\\ b', ['a b']],
  ['a\\#b', ['a#b']],
  ['a\\\\b', ['a\\b']],
  ['a \\"b\\" c', ['a', '"b"', 'c']],
  ['a "\\"b" c', ['a', '"b', 'c']],
  ['a \\x3a80', ['a', ':80']],
  ['a \\t', ['a', '\t']],
  ['a \\1 \\w', ['a', '\\1', '\\w']],
  ["a '\\n'", ['a', '\\n']],
  ['a "$A"', ['a', 'one two']],
  ['a "x${A}y"', ['a', 'xone twoy']],
  ['a "$Ay"', ['a', '']],
  ['a $A', ['a', '$A']],
  ["a '$A'", ['a', '$A']],
  ['a "\\$A"', ['a', '$A']],
  ['a "${A[*]}" b', ['a', 'one', 'two', 'b']],
  ['a "${GONE-x y}"', ['a', 'x y']],
  ['a "${EMPTY-x}"', ['a', '']],
  ['a "${GONE}"', ['a', '']],
  ['a ":${DARK}"', ['a', ':?']],
  ['a "${DARK-80}"', ['a', '?']],
  ['a "${HAPROXY_LOCALPEER}"', ['a', '?']],
  ['a "${.LINE}"', ['a', '?']],
  ['a "${NEVER_SET}b"', ['a', 'b']],
]
for (const [line, expected] of cases) {
  test(line, () => {
    const words = splitWords(line, environment)
    assert.equal(
      words.map((word) => word.replaceAll('\0', '?')),
      expected,
    )
  })
}

test('what is not known of depends on whether the environment is', () => {
  const [word = ''] = splitWords('"$X"', { variables: new Map(), isComplete: false })
  assert.not(isKnown(word))
  assert.ok(isKnown('$X'))
})

test('an address needs no quotes for its variables', () => {
  const found = ['$A:80', '${A}:80', '${GONE}:80', '${DARK}:80', '10.0.0.1:80'].map((address) =>
    expandAddress(address, environment).replaceAll('\0', '?'),
  )
  assert.equal(found, ['one two:80', 'one two:80', ':80', '?:80', '10.0.0.1:80'])
})

test.run()
