import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { collectWarnings } from '../../agent/daemon/active-warnings.ts'
import { warn } from '../../agent/diagnostics/warning.ts'

const [one, two] = [warn('backend-down', 'web'), warn('vip-misplaced', 'VI_1')]

test('a warning begins once, and ends once its source does not name it any more', () => {
  const heard: string[] = []
  const warnings = collectWarnings({
    emit: (event) => {
      if ('warning' in event) heard.push(`${event.type} ${event.source} ${event.warning.text}`)
    },
  })
  const told = (): readonly string[] => heard.splice(0)
  warnings.set('watch', [one, one])
  assert.equal(told(), ['warning-began watch web'])
  warnings.set('watch', [one, two])
  assert.equal(told(), ['warning-began watch VI_1'])
  warnings.set('run', [one])
  assert.equal(told(), ['warning-began run web'])
  assert.equal(warnings.status?.().warnings, [one, two], 'each once')
  warnings.set('watch', [{ ...two }])
  assert.equal(told(), ['warning-ended watch web'])
  assert.equal(warnings.status?.().warnings, [two, one])
  warnings.set('watch', [warn('vip-misplaced', 'VI_2')])
  assert.equal(told(), ['warning-ended watch VI_1', 'warning-began watch VI_2'])
})

test.run()
