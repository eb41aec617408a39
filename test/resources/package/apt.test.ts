import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { apt } from '../../../agent/resources/package/apt.ts'
import { installing } from '../../../agent/resources/package/policy-rc.ts'
import type { RunResult, System } from '../../../agent/system/system.ts'
import { fakeSystem } from '../../fake-system.ts'

/** Commands that were run, each with whether our policy is for it; the first answers like this. */
async function play(
  act: (system: System) => Promise<void>,
  first: Partial<RunResult> = {},
): Promise<readonly (readonly [string, boolean])[]> {
  const done: (readonly [string, boolean])[] = []
  const fine = { code: 0, signal: null, timedOut: false, stdout: '', stderr: '' }
  const [variable = ''] = Object.keys(installing)
  await act({
    ...fakeSystem({}),
    async run(argv, options) {
      done.push([argv.slice(0, 2).join(' '), options?.env?.[variable] !== undefined])
      return done.length === 1 ? { ...fine, ...first } : fine
    },
  })
  return done
}

test('what installs starts nothing, also on its second try and after an interrupted one', async () => {
  assert.equal(await play((system) => apt.install(['a'], system)), [['apt-get install', true]])
  const unknown = { code: 100, stderr: 'E: Unable to locate package a' }
  assert.equal(await play((system) => apt.install(['a'], system), unknown), [
    ['apt-get install', true],
    ['apt-get update', false],
    ['apt-get install', true],
  ])
  const interrupted = { code: 100, stderr: 'E: dpkg was interrupted, you must manually run …' }
  assert.equal(await play((system) => apt.install(['a'], system), interrupted), [
    ['apt-get install', true],
    ['dpkg --configure', true],
    ['apt-get install', true],
  ])
})

test('what removes ends the services', async () => {
  assert.equal(await play((system) => apt.remove(['a'], system)), [['apt-get remove', false]])
})

test.run()
