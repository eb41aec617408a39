import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { GoodHealth } from '../../agent/health/good-health.ts'
import { loadGoodHealth, saveGoodHealth } from '../../agent/store/good-health.ts'
import { createSystem } from '../../agent/system/create-system.ts'
import { temporaryFolder } from '../source/git-repo.ts'

const system = createSystem()
const of = (digest: string): GoodHealth => ({
  digest,
  health: { haproxy: null, keepalived: null },
})

test('the last ones are kept, the newest first', async () => {
  const paths = { state: temporaryFolder() }
  assert.equal(await loadGoodHealth(paths, system), [])
  for (const digest of 'abcdef') await saveGoodHealth(of(digest), paths, system)
  const found = await loadGoodHealth(paths, system)
  assert.is(found.map(({ digest }) => digest).join(''), 'fedcb')
  assert.equal(found[0], of('f'))
})

test('what is damaged, or of another version, is not known', async () => {
  for (const text of ['{', '{"version":2,"good":[]}', '[]', 'null']) {
    const paths = { state: temporaryFolder() }
    writeFileSync(join(paths.state, 'good-health.json'), text)
    assert.equal(await loadGoodHealth(paths, system), [], text)
  }
})

test.run()
