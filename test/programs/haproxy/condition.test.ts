import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { evaluateCondition } from '../../../agent/programs/haproxy/condition.ts'
import { unknownEnvironment } from '../../../agent/programs/haproxy/environment.ts'

const context = {
  environment: {
    variables: new Map<string, string | null>([
      ['SET', ''],
      ['DARK', null],
    ]),
    isComplete: true,
  },
  version: '2.6.12-1+deb12u4',
}

const cases: readonly (readonly [string, boolean | null])[] = [
  ['', false],
  ['1', true],
  ['0', false],
  ['0x0', false],
  ['-3', true],
  ['!1', false],
  ['! ! 1', true],
  ['1 && 0 || 1', true],
  ['1 && (0 || 0)', false],
  ['!(0 || 1)', false],
  ['defined(SET)', true],
  ['!defined(UNSET)', true],
  ['defined(DARK)', null],
  ['defined(HAPROXY_MWORKER)', null],
  ['streq(a,a)', true],
  ['streq(a,b)', false],
  ['strneq(a,b)', true],
  ['strstr(haystack,sta)', true],
  ['streq("a,b",a\\\\b)', false],
  ['streq("a)",a)', false],
  ["streq('a b',a b)", true],
  ['streq(,)', true],
  ['version_atleast(2.6)', true],
  ['version_atleast(2.6.12)', true],
  ['version_atleast(2.6.13)', false],
  ['version_atleast(2.6-dev3)', true],
  ['version_before(2.6.12-rc1)', false],
  ['version_before(2.7-dev0)', true],
  ['version_before(10)', true],
  ['feature(OPENSSL)', null],
  ['!feature(OPENSSL)', null],
  ['feature(OPENSSL) || 1', true],
  ['feature(OPENSSL) && 0', false],
  ['1 && feature(OPENSSL)', null],
  ['enabled(SPLICE)', null],
  ['openssl_version_atleast(1.1)', null],
  ['streq(\0,a)', null],
  ['streq(a,a) nonsense', null],
  ['what(a)', null],
]
for (const [text, expected] of cases) {
  test(text.replaceAll('\0', '?') || 'nothing', () =>
    assert.is(evaluateCondition(text, context), expected),
  )
}

test('nothing is known of a haproxy that does not run', () => {
  const unknown = { environment: unknownEnvironment, version: null }
  assert.is(evaluateCondition('defined(SET)', unknown), null)
  assert.is(evaluateCondition('version_atleast(2.0)', unknown), null)
})

test.run()
