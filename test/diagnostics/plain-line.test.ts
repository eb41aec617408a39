import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { plainLine } from '../../agent/diagnostics/plain-line.ts'

const cases: readonly (readonly [string, string])[] = [
  ['Add web3 – schön 🎉', 'Add web3 – schön 🎉'],
  ['\u001b[2J\u001b[31mAll fine', '�[2J�[31mAll fine'],
  ['a\u0007b\u009b31mc\u007f', 'a�b�31mc�'],
  ['a\nb\tc\r', 'a�b�c�'],
  ['user\u202egnp.exe', 'user�gnp.exe'],
]
for (const [text, shown] of cases) {
  test(JSON.stringify(text), () => assert.is(plainLine(text), shown))
}

test.run()
