import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findStartFault } from '../../agent/cli/start-fault.ts'
import { LocalError } from '../../agent/system/errors.ts'

/** What systemctl shows, and what is made of it. */
async function faultOf(shown: Readonly<Record<string, string>>): Promise<string | null> {
  const lines = Object.entries(shown).map(([name, value]) => `${name}=${value}\n`)
  const stdout = lines.join('')
  const run = async () => ({ code: 0, signal: null, timedOut: false, stdout, stderr: '' })
  return findStartFault({ run })
}

const failing = { ActiveState: 'activating', SubState: 'auto-restart', NRestarts: '3' }

test('a daemon that ends as soon as it starts: its own words', async () => {
  const fault = await faultOf({ ...failing, StatusText: 'agent.yml:2: a=b is wrong' })
  assert.match(fault ?? '', /^does not run: agent\.yml:2: a=b is wrong\n/)
  assert.match(fault ?? '', 'systemd starts it again every few seconds')
})

test('between two starts, and after a crash, there are none', async () => {
  const starting = { ...failing, SubState: 'start', StatusText: '' }
  assert.match((await faultOf(starting)) ?? '', '"journalctl -u evenkeel" says why')
  const crashed = { ...failing, NRestarts: '0', StatusText: '' }
  assert.match((await faultOf(crashed)) ?? '', '"journalctl -u evenkeel" says why')
})

test('one that systemd has given up', async () => {
  const fault = await faultOf({ ActiveState: 'failed', SubState: 'failed', StatusText: '' })
  assert.match(fault ?? '', '"systemctl restart evenkeel" starts it again')
})

test('one that starts, that nobody wants, or that there is no systemd for', async () => {
  assert.is(await faultOf({ ActiveState: 'activating', SubState: 'start', NRestarts: '0' }), null)
  assert.is(await faultOf({ ActiveState: 'inactive', SubState: 'dead', StatusText: '' }), null)
  const run = async (): Promise<never> => {
    throw new LocalError('systemctl is not installed')
  }
  assert.is(await findStartFault({ run }), null)
})

test.run()
