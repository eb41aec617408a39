import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseJson } from '../../agent/system/parse-json.ts'

test('what is no JSON is null', () => {
  assert.equal(parseJson('{"a":[1]}'), { a: [1] })
  assert.is(parseJson('{"a":['), null)
  assert.is(parseJson(''), null)
})

test.run()
