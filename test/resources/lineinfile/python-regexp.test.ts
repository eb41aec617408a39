/** The cases of lineinfile have more of them, each tried with Ansible. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  compilePattern,
  findPatternFault,
} from '../../../agent/resources/lineinfile/python-regexp.ts'

for (const [pattern, line, isMatch] of [
  ['^a$', 'a\n', true],
  ['^a$', 'a', true],
  ['^a$', 'a\r\n', false],
  ['^a.$', 'a\r\n', true],
  ['a.', 'a\n', false],
  ['[$.]', 'a\n', false],
  ['\\$', 'a$\n', true],
  ['(?i)PORT', 'Port 22\n', true],
] as const) {
  test(`${pattern} ${isMatch ? 'matches' : 'does not match'} ${JSON.stringify(line)}`, () => {
    assert.is(findPatternFault(pattern), null)
    assert.is(compilePattern(pattern).test(line), isMatch)
  })
}

for (const [pattern, fault] of [
  ['', /matches every line/],
  ['\\Aa', /"\\A" has no meaning here/],
  ['[]a]', /write "\\]"/],
  ['a{,3}', /write "\{0,3\}" instead of "\{,3\}"/],
  ['(', /is no regular expression of JavaScript: Unterminated group$/],
] as const) {
  test(`"${pattern}" is refused`, () => assert.match(findPatternFault(pattern) ?? '', fault))
}

test.run()
