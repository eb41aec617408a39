import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { toCheckResult } from '../../agent/watch/nagios.ts'
import type { Look } from '../../agent/watch/watch-state.ts'
import { good } from './sample.ts'

const cases: readonly (readonly [string, Look, number, RegExp])[] = [
  ['it serves', good, 0, /^HAPROXY OK - .* \| connections=3;;100;0;100$/],
  ['maxconn reached', { ...good, connections: 100 }, 1, /^HAPROXY WARNING - maxconn/],
  ['an address closed', { ...good, closed: ['*:80'] }, 1, /WARNING - .*listen on \*:80 \|/],
  ['all closed', { ...good, closed: ['*:80'], isDeaf: true }, 2, /CRITICAL - .*none of its/],
  ['not there', { type: 'gone', how: '' }, 2, /CRITICAL - nobody/],
  ['it hangs', { type: 'silent' }, 2, /CRITICAL - it runs, but does not answer/],
]

for (const [name, look, code, line] of cases) {
  test(name, () => {
    const result = toCheckResult(look)
    assert.is(result.code, code)
    assert.match(result.line, line)
    assert.not.match(result.line, /\n/)
  })
}

test.run()
