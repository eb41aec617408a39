import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  environmentFiles,
  parseEnvironmentFile,
  unitEnvironment,
} from '../../../agent/programs/systemd/environment.ts'
import { parseUnitTexts } from '../../../agent/programs/systemd/unit-file.ts'

/** A file, and its variables, as systemd 252 has them. */
const files: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['A=1\nB = 2 \n', { A: '1', B: '2' }],
  ['# A=1\n; B=2\n\nnonsense\n', {}],
  ['A="one two" \nB=\'x "y"\'\n', { A: 'one two', B: 'x "y"' }],
  ['A="-f \\"a b\\" \\n \\$x"\n', { A: '-f "a b" \\n $x' }],
  ['A=-f "a b"\n', { A: '-f "a b"' }],
  ['A="a"\'b\'c\n', { A: 'abc' }],
  ['A=one \\\ntwo\\\\\n', { A: 'one two\\' }],
  ['A="one\ntwo"\nB=\n', { A: 'one\ntwo', B: '' }],
  ['A=1\nA=2', { A: '2' }],
  ['A=$HOME # x\n', { A: '$HOME # x' }],
]
for (const [text, expected] of files) {
  test(JSON.stringify(text), () =>
    assert.equal(Object.fromEntries(parseEnvironmentFile(text)), expected),
  )
}

test('files count more than the unit, and later ones more than earlier ones', () => {
  const unit = parseUnitTexts([
    '[Service]\nEnvironmentFile=-/etc/default/a\nEnvironmentFile=/etc/b\nEnvironment="A=1 2" B=3\n',
    "[Service]\nEnvironment='C=4' \\\n  # between\n  D=5\n",
  ])
  assert.equal(environmentFiles(unit), ['/etc/default/a', '/etc/b'])
  assert.equal(Object.fromEntries(unitEnvironment(unit, ['B=x\nC=y\n', 'C=z\n'])), {
    A: '1 2',
    B: 'x',
    C: 'z',
    D: '5',
  })
})

test.run()
