import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FactNeeded } from '../../agent/facts/fact-needed.ts'
import { createFactLoader, lazyFacts } from '../../agent/facts/facts.ts'
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
  const loadFacts = createFactLoader(createFiles())
  const hostname = await loadFacts((facts) => {
    renders++
    return facts['hostname']
  })
  assert.is(typeof hostname, 'string')
  assert.is(renders, 1)

  for (const expected of [3, 4]) {
    const found = await loadFacts((facts) => {
      renders++
      return facts['default_ipv4']
    })
    assert.type(found, 'object')
    assert.is(renders, expected, 'a group is gathered once')
  }
})

for (const group of ['weather', 'network']) {
  test(`asking for ${group} for ever is no endless loop`, async () => {
    let error: unknown
    const loadFacts = createFactLoader(createFiles())
    await loadFacts(() => {
      throw new FactNeeded(group)
    }).catch((caught: unknown) => (error = caught))
    assert.ok(error instanceof FactNeeded)
  })
}

test.run()
