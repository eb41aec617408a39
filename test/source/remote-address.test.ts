import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseRemote } from '../../agent/source/remote-address.ts'

const cases: readonly (readonly [string, string | null])[] = [
  ['git@git.example.com:ops/pair.git', 'ssh git.example.com 22'],
  ['git@[::1]:ops/pair.git', 'ssh ::1 22'],
  ['[2001:db8::1]:/srv/pair.git', 'ssh 2001:db8::1 22'],
  ['git@[git.example.com:2222]:ops/pair.git', 'ssh git.example.com 2222'],
  ['ssh://git@[2001:db8::1]:2222/pair.git', 'ssh 2001:db8::1 2222'],
  ['https://git.example.com/pair.git', 'https git.example.com 443'],
  ['/srv/pair.git', null],
  ['file:///srv/pair.git', null],
]
for (const [repo, expected] of cases) {
  test(`${repo} leads to ${expected}`, () => {
    const remote = parseRemote(repo)
    assert.is(remote && `${remote.protocol} ${remote.host} ${remote.port}`, expected)
  })
}

test.run()
