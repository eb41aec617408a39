import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  isEnabled,
  isRunning,
  parseUnit,
  showState,
} from '../../../agent/resources/service/unit.ts'

// As systemd 252 and 257 print it
const running = `Type=notify
LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=enabled
StateChangeTimestamp=Sun 2026-11-22 16:34:38.404739 UTC
InactiveExitTimestamp=Sun 2026-11-22 16:34:38.330288 UTC
CanReload=yes
NeedDaemonReload=no
`

test('reads what systemctl show prints', () => {
  const unit = parseUnit(running)
  assert.is(isRunning(unit), true)
  assert.is(isEnabled(unit), true)
  assert.is(unit.canReload, true)
  assert.is(unit.needsDaemonReload, false)
})

test('times have microseconds', () => {
  const { changed, started } = parseUnit(running)
  assert.is(Math.floor(changed ?? 0), Date.parse('2026-11-22T16:34:38.404Z'))
  assert.is(Math.round(((changed ?? 0) % 1) * 1000), 739)
  assert.ok((started ?? 0) < (changed ?? 0))
})

test('a unit that never ran has no times', () => {
  const { changed, started } = parseUnit('StateChangeTimestamp=\nInactiveExitTimestamp=n/a\n')
  assert.is(changed, null)
  assert.is(started, null)
})

for (const [load, active, sub, shown] of [
  ['loaded', 'active', 'running', 'started'],
  ['loaded', 'reloading', 'reload', 'started'],
  ['loaded', 'refreshing', 'refresh', 'started'],
  ['loaded', 'inactive', 'dead', 'stopped'],
  ['loaded', 'failed', 'failed', 'failed'],
  ['loaded', 'activating', 'auto-restart', 'activating (auto-restart)'],
  ['masked', 'inactive', 'dead', 'masked'],
  ['masked', 'active', 'running', 'started'],
  ['not-found', 'inactive', 'dead', null],
] as const) {
  test(`${load} and ${active} is ${shown ?? 'absent'}`, () => {
    const text = `LoadState=${load}\nActiveState=${active}\nSubState=${sub}\n`
    assert.is(showState(parseUnit(text)), shown)
  })
}

test.run()
