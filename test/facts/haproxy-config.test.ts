import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readHaproxy, readRunningHaproxy } from '../../agent/facts/haproxy-config.ts'
import { unknownEnvironment } from '../../agent/programs/haproxy/environment.ts'
import { readListeners } from '../../agent/programs/haproxy/listeners.ts'
import { createSystem } from '../../agent/system/create-system.ts'
import { fakeSystem } from '../fake-system.ts'

const proc = (...words: readonly string[]): string => words.map((word) => `${word}\0`).join('')
const files = {
  '/proc/7/cmdline': proc('haproxy', '-Ws', '-C', '/etc/lb', '-f', 'b.cfg', '-f', 'conf.d/'),
  '/proc/7/environ': proc('PORT=81', 'HAPROXY_MWORKER=1'),
  '/etc/lb/b.cfg': 'frontend b\n bind ":$PORT"\n bind ":${UNSET-82}"\n',
  '/etc/lb/conf.d/20.cfg': 'frontend c\n.if defined(HAPROXY_MWORKER)\n bind :83\n.endif\n',
  '/etc/lb/conf.d/10.cfg': 'defaults\n disabled\nfrontend a\n bind :84\n',
  '/etc/lb/conf.d/10.cfg.bak': 'frontend d\n bind :85\n',
}

test('what runs is what its command line names, with its environment', async () => {
  const found = await readRunningHaproxy(7, '2.6.12', fakeSystem({ files }))
  assert.equal(found?.config.files, [
    '/etc/lb/b.cfg',
    '/etc/lb/conf.d/10.cfg',
    '/etc/lb/conf.d/20.cfg',
  ])
  assert.equal(found?.sources, [
    '/etc/lb/b.cfg',
    '/etc/lb/conf.d',
    '/etc/lb/conf.d/10.cfg',
    '/etc/lb/conf.d/20.cfg',
  ])
  const listeners = found === null ? [] : readListeners(found.config)
  assert.equal(
    listeners.map(({ name, isCertain }) => [name, isCertain]),
    [
      [':81', true],
      [':82', true],
    ],
  )
})

test('an environment that nobody may read is not taken for an empty one', async () => {
  const system = fakeSystem({ files: { ...files, '/proc/7/environ': '' } })
  const found = await readRunningHaproxy(7, '2.6.12', system)
  assert.equal(found && readListeners(found.config), [])
})

test('there is nothing to read of a process that is gone', async () => {
  assert.is(await readRunningHaproxy(8, null, fakeSystem({ files })), null)
})

test('a folder is no file, whatever its name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-config-'))
  try {
    mkdirSync(join(folder, 'a.cfg'))
    writeFileSync(join(folder, 'b.cfg'), 'frontend b\n bind :80\n')
    const words = ['haproxy', '-f', folder, '-f', join(folder, 'missing.cfg')]
    const started = { words, environment: unknownEnvironment, version: null }
    const { config } = await readHaproxy(started, createSystem())
    assert.equal(config.files, [join(folder, 'b.cfg')])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a file that is no configuration any more does not keep it from being repaired', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-haproxy-'))
  const long = join(folder, 'long.cfg')
  const fine = join(folder, 'fine.cfg')
  writeFileSync(long, '')
  truncateSync(long, 3 * 2 ** 30)
  writeFileSync(fine, 'frontend a\n bind :80\n')
  const words = ['haproxy', '-f', long, '-f', fine]
  const started = { words, environment: unknownEnvironment, version: null }
  const { config } = await readHaproxy(started, createSystem())
  rmSync(folder, { recursive: true })
  assert.equal(config.files, [fine])
})

test.run()
