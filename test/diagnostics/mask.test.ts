import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createMask, maskContent, maskError } from '../../agent/diagnostics/mask.ts'
import { commitError } from '../../agent/system/errors.ts'

test('masks every secret, the longest first', () => {
  const mask = createMask(['hunter2', 'hunter2-and-more'])
  assert.is(mask('a hunter2-and-more b hunter2'), 'a ******** b ********')
})

/** How a file or a message may write a secret. */
const written: readonly (readonly [string, string, string])[] = [
  ["it's-me", "password 'it'\\''s-me'", "password '********'"],
  ['two words', 'user a insecure two\\ words', 'user a insecure ********'],
  ['a$b"c', 'setenv X "a\\$b\\"c"', 'setenv X "********"'],
  ['p@ss/word', 'http://h/?key=p%40ss%2Fword', 'http://h/?key=********'],
  ['a"b"c', '{"key":"a\\"b\\"c"}', '{"key":"********"}'],
  [
    'first line\nsecond line\n',
    '    first line\n    second line\n',
    '    ********\n    ********\n',
  ],
  ['4711', 'pin 4711, port 47110, 1.4711', 'pin ********, port 47110, 1.4711'],
]
for (const [secret, text, shown] of written) {
  test(`masks ${JSON.stringify(secret)} as it is written in ${JSON.stringify(text)}`, () => {
    assert.is(createMask([secret])(text), shown)
  })
}

test('leaves texts alone that are too short to hide', () => {
  assert.is(createMask(['80', ''])('port 80'), 'port 80')
})

/** Nobody has told that these are secrets: the words before them do. */
const fields: readonly (readonly [string, string])[] = [
  ['    auth_pass abc', '    auth_pass ********'],
  [
    '  user bob insecure-password x groups admins',
    '  user bob insecure-password ******** groups admins',
  ],
  ["  user bob password '$5$a b'", '  user bob password ********'],
  ["    stats auth 'bob:x y'", '    stats auth ********'],
  [
    '  http-request set-header Authorization "Basic Ym9iOng="',
    '  http-request set-header Authorization "Basic ********"',
  ],
  ['db_password = abc', 'db_password = ********'],
  ['"api_key": "abc",', '"api_key": ********'],
  ['url http://bob:abc@192.0.2.1/', 'url http://********@192.0.2.1/'],
  [
    '-----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY-----',
    '-----BEGIN EC PRIVATE KEY----- ******** -----END EC PRIVATE KEY-----',
  ],
]
for (const [text, shown] of fields) {
  test(`masks by its field ${JSON.stringify(text)}`, () => {
    assert.is(maskContent(text, createMask([])), shown)
  })
}

const harmless = [
  '    server web1 192.0.2.21:80 check',
  '    http-request deny unless { hdr(x-token) -m found }',
  '    virtual_router_id 51',
  'remote ssh://git@git.example.com/ops/lb.git',
]
for (const text of harmless) {
  test(`leaves alone ${JSON.stringify(text)}`, () => {
    assert.is(maskContent(text, createMask(['51'])), text)
  })
}

test('hides secrets in what refuses a commit, and keeps its code', () => {
  const problem = { place: { file: 'a.yml' }, message: 'got hunter2', code: 'x' }
  const error = commitError(problem.place, problem.message)
  const { problems } = maskError(Object.assign(error, { problems: [problem] }), ['hunter2'])
  assert.equal(problems, [{ ...problem, message: 'got ********' }])
})

test.run()
