import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { reportToSystemd } from '../../agent/daemon/service-status.ts'
import { contextOf } from './context.ts'
import { ran } from './notify/sample.ts'

const nextRun = Date.parse('2024-01-02T13:00:30Z')

test('systemd is told when the daemon is ready, how a run ended, and what a stop waits for', async () => {
  const context = contextOf()
  const told: string[] = []
  const service = reportToSystemd(
    context,
    { tell: async (state, status) => void told.push(`${state} ${status}`) },
    () => nextRun,
  )
  await service.ready()
  context.events.emit({ type: 'run-began', cause: 'schedule' })
  context.events.emit(ran('in-sync'))
  context.events.emit({ type: 'run-began', cause: 'schedule' })
  context.events.emit({ type: 'run-broke-off', cause: 'schedule', error: 'no' })
  await service.reloading()
  context.events.emit({ type: 'run-began', cause: 'schedule' })
  await service.stop()
  context.events.emit(ran('in-sync'))
  assert.equal(told, [
    'READY=1 next run at 13:00:30 UTC',
    'null it is in-sync (next run at 13:00:30 UTC)',
    'null next run at 13:00:30 UTC',
    'RELOADING=1 null',
    'STOPPING=1 stopping once the run in hand is over',
  ])
})

test.run()
