import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findLostBackends, warnOfBackends } from '../../agent/watch/lost-backends.ts'
import { linesOf } from '../lines-of.ts'

const head =
  '# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight,'
const row = (name: string, status: string): string =>
  `${name},BACKEND,0,0,0,0,800,0,0,0,0,0,,0,0,0,0,${status},1,`

test('a backend that haproxy calls DOWN', () => {
  const text = [head, row('web', 'DOWN'), row('api', 'UP'), row('old', 'DOWN'), ''].join('\n')
  assert.equal(findLostBackends(text), ['web', 'old'])
})

test('no backends, or no answer', () => {
  assert.equal(findLostBackends(`${head}\n\n`), [])
  assert.equal(findLostBackends(''), [])
})

test('a sentence names three of many', () => {
  assert.equal(warnOfBackends([]), [])
  assert.match(
    linesOf(warnOfBackends(['web'])),
    /^backend-down no server is up in backend web: the VIPs stay/,
  )
  assert.match(linesOf(warnOfBackends(['a', 'b', 'c', 'd', 'e'])), /a, b, c and 2 more/)
})

test.run()
