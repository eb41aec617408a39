import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkTwice } from '../../../../agent/checks/desired/rules/check-twice.ts'
import { sampleHost } from '../sample.ts'
import { host } from '../state.ts'

/** What is found in a file of the user's own. */
function check(haproxy: string): readonly string[] {
  const self = host('lb1', ['192.0.2.11'], { haproxy })
  const place = { file: 'roles/own/tasks/main.yml', line: 1 }
  const files = new Map([...self.files].map(([path, file]) => [path, { ...file, place }]))
  return checkTwice
    .check({ self: { ...self, files }, peers: [], remote: null })
    .map(({ level, message }) => `${level} ${message}`)
}

const cases: readonly (readonly [string, string, RegExp | null])[] = [
  ['one', 'backend a\noption httpchk GET /\noption tcpka\n', null],
  ['one type twice', 'backend a\noption httpchk\noption httpchk GET /\n', null],
  ['one each', 'backend a\noption httpchk\nbackend b\noption tcp-check\n', null],
  ['those of defaults', 'defaults\noption httpchk\nbackend b\noption tcp-check\n', null],
  ['one that is off', 'backend a\nno option httpchk\noption redis-check\n', null],
  [
    'two types, in the order of the user',
    'listen a\noption httpchk\noption ssl-hello-chk\n',
    /^warning listen a has two .*: "option ssl-hello-chk" \(.*cfg:3\) counts, "option httpchk" \(.*cfg:2\) does not/,
  ],
]

for (const [name, text, expected] of cases) {
  test(name, () => {
    const found = check(text)
    assert.is(found.length, expected === null ? 0 : 1, found.join('\n'))
    if (expected !== null) assert.match(found[0] ?? '', expected)
  })
}

/** A backend of the role haproxy. */
async function ofRole(more: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const self = await sampleHost('lb1', {
    haproxy_frontends: [],
    haproxy_backends: [{ name: 'api', ...more }],
  })
  return checkTwice
    .check({ self, peers: [], remote: null })
    .map(({ level, message }) => `${level} ${message}`)
}

test('what the role puts last is refused', async () => {
  for (const more of [
    { options: ['ssl-hello-chk'], httpchk: { uri: '/healthz' } },
    { options: ['mysql-check user haproxy'], tcp_check: ['connect'] },
  ]) {
    assert.match((await ofRole(more)).join('\n'), /^error backend api has two types of check/)
  }
})

test('raw lines behind it are the last word', async () => {
  const found = await ofRole({ httpchk: { uri: '/' }, extra: 'option ssl-hello-chk' })
  assert.match(found.join('\n'), /^warning backend api has two types of check/)
})

test.run()
