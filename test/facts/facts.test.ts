import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FactNeeded } from '../../agent/facts/fact-needed.ts'
import { lazyFacts, loadFacts } from '../../agent/facts/facts.ts'
import { createFiles } from '../../agent/system/files.ts'

const route = { interface: 'eth0' }

test('a fact of a group that was not gathered asks for the group', () => {
  const facts = lazyFacts({ hostname: 'lb1' }, new Map())
  assert.is(facts['hostname'], 'lb1')
  assert.throws(
    () => facts['default_ipv4'],
    (error: unknown) => error instanceof FactNeeded && error.group === 'network',
  )
})

test('a fact of a gathered group is there', () => {
  const facts = lazyFacts({}, new Map([['network', { default_ipv4: route, default_ipv6: {} }]]))
  assert.equal({ ...facts }, { default_ipv4: route, default_ipv6: {} })
})

test('rendering starts again with what it asked for, and only then', async () => {
  let renders = 0
  const hostname = await loadFacts((facts) => {
    renders++
    return facts['hostname']
  }, createFiles())
  assert.is(typeof hostname, 'string')
  assert.is(renders, 1)

  const found = await loadFacts((facts) => {
    renders++
    return facts['default_ipv4']
  }, createFiles())
  assert.type(found, 'object')
  assert.is(renders, 3)
})

for (const group of ['weather', 'network']) {
  test(`asking for ${group} for ever is no endless loop`, async () => {
    let error: unknown
    await loadFacts(() => {
      throw new FactNeeded(group)
    }, createFiles()).catch((caught: unknown) => (error = caught))
    assert.ok(error instanceof FactNeeded)
  })
}

test.run()
