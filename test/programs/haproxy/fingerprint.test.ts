import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fingerprintIn } from '../../../agent/programs/haproxy/fingerprint.ts'

const cases: readonly (readonly [string, string | null])[] = [
  ['global\n setenv EVENKEEL_FINGERPRINT ab12\n', 'ab12'],
  ['global\n\tsetenv  EVENKEEL_FINGERPRINT  "ab12" # it\n', 'ab12'],
  ['global\n setenv EVENKEEL_FINGERPRINT a\nglobal\n setenv EVENKEEL_FINGERPRINT b\n', 'b'],
  ['global\n # setenv EVENKEEL_FINGERPRINT ab12\n', null],
  ['frontend a\n setenv EVENKEEL_FINGERPRINT ab12\n', null],
  ['global\n.if 0\n setenv EVENKEEL_FINGERPRINT ab12\n.endif\n', null],
  ['global\n.if feature(X)\n setenv EVENKEEL_FINGERPRINT ab12\n.endif\n', null],
  ['global\n setenv EVENKEEL_FINGERPRINT "${X}"\n', null],
  ['global\n', null],
]
for (const [text, expected] of cases) {
  test(JSON.stringify(text), () => assert.is(fingerprintIn(text), expected))
}

test.run()
