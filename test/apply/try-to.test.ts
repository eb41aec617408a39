import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tryTo } from '../../agent/apply/try-to.ts'
import { createMask } from '../../agent/diagnostics/mask.ts'
import { LocalError, TimeoutError } from '../../agent/system/errors.ts'

const mask = createMask(['s3cret'])

test('what is done has changed something', async () => {
  const { status, error, duration } = await tryTo(async () => {}, mask)
  assert.is(status, 'changed')
  assert.is(error, undefined)
  assert.ok(duration >= 0)
})

test('what fails says why without secrets, and whose fault it is', async () => {
  const refused = await tryTo(() => Promise.reject(new LocalError('no s3cret')), mask)
  assert.equal([refused.status, refused.error, refused.fault], ['failed', 'no ********', 'commit'])
  const late = await tryTo(() => Promise.reject(new TimeoutError('too late')), mask)
  assert.equal([late.status, late.error, late.fault], ['failed', 'too late', 'node'])
})

test.run()
