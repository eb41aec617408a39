import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { DaemonEvent } from '../../../agent/daemon/event.ts'
import { logEvents } from '../../../agent/daemon/subscribers/log-events.ts'
import { warn } from '../../../agent/diagnostics/warning.ts'
import { contextOf } from '../context.ts'

const context = contextOf()
const watch = (event: (DaemonEvent & { type: 'watch' })['event']): DaemonEvent => ({
  type: 'watch',
  event,
})
const warning = warn('vrrp-two-masters', 'VI_1 is MASTER twice')
const notice = warn('mirror-rebuilt', 'fetched anew')
const told = { source: 'watch', code: warning.code, warning: warning.text } as const

const cases: readonly (readonly [DaemonEvent, string, unknown])[] = [
  [{ type: 'warning-began', source: 'watch', warning }, 'warning: warning', told],
  [
    { type: 'warning-began', source: 'run', warning: notice },
    'notice: warning',
    { source: 'run', code: notice.code, warning: notice.text },
  ],
  [{ type: 'warning-ended', source: 'watch', warning }, 'info: warning is over', told],
  [
    { type: 'drift-seen', files: ['/etc/a'], pause: 500 },
    'notice: files changed by another hand',
    { files: ['/etc/a'], pause_s: 0.5 },
  ],
  [
    watch({ type: 'verdict', from: 'up', to: 'dead', sentence: 'it died' }),
    'warning: watch: verdict',
    { from: 'up', to: 'dead', sentence: 'it died' },
  ],
  [
    watch({ type: 'restart', attempt: 1, error: 'no', duration: 9, sentence: 's' }),
    'error: watch: restart',
    { attempt: 1, error: 'no', duration: 9, sentence: 's' },
  ],
  [
    { type: 'config-refused', error: 'agent.yml:2' },
    'error: agent.yml is wrong; what was read before stays in force',
    { error: 'agent.yml:2' },
  ],
  [
    { type: 'run-broke-off', cause: 'drift', error: 'no' },
    'error: run broke off',
    { cause: 'drift', error: 'no' },
  ],
]

for (const [event, line, data] of cases) {
  test(line, () => {
    const lines: unknown[] = []
    const part = logEvents({
      ...context,
      log: (level, message, more) => lines.push([`${level}: ${message}`, more]),
    })
    context.events.emit(event)
    void part.stop()
    context.events.emit(event)
    assert.equal(lines, [[line, data]])
  })
}

test.run()
