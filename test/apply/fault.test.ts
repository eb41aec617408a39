import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { faultOf, faultOfRun } from '../../agent/apply/fault.ts'
import type { Fault, Result } from '../../agent/report/report.ts'
import { LocalError, TimeoutError } from '../../agent/system/errors.ts'

const coded = (code: string): Error => Object.assign(new Error(code), { code })

const errors: readonly (readonly [string, unknown, Fault])[] = [
  ['a full disk', new LocalError('/etc/a: ENOSPC', { cause: coded('ENOSPC') }), 'node'],
  ['a disk that is read-only', coded('EROFS'), 'node'],
  ['a command that hangs', new TimeoutError('took more than 3 minutes'), 'node'],
  ['a service that does not start', new LocalError('"systemctl start" failed'), 'commit'],
  ['a value that the kernel refuses', new LocalError('x', { cause: coded('EINVAL') }), 'commit'],
  ['no error at all', 'text', 'commit'],
]
for (const [name, error, fault] of errors) {
  test(`${name}: the ${fault}'s fault`, () => assert.is(faultOf(error), fault))
}

const result = (status: Result['status'], type: Result['type'], fault?: Fault): Result => ({
  role: '',
  task: '',
  resource: '',
  type,
  status,
  changes: [],
  notes: [],
  duration: 0,
  ...(fault !== undefined && { fault }),
})

const runs: readonly (readonly [string, readonly Result[], Fault])[] = [
  ['a gate that fails', [result('changed', 'task'), result('failed', 'gate', 'commit')], 'commit'],
  ['a task that still differs', [result('failed', 'task')], 'commit'],
  [
    'a full disk beside a service that fails',
    [result('failed', 'task', 'node'), result('failed', 'task', 'commit')],
    'node',
  ],
  [
    'a rollback that meets a full disk says nothing about the change',
    [result('failed', 'gate', 'commit'), result('failed', 'rollback', 'node')],
    'commit',
  ],
]
for (const [name, results, fault] of runs) {
  test(`${name}: the ${fault}'s fault`, () => assert.is(faultOfRun(results), fault))
}

const broken = (type: Result['type'], error: string): Result => ({
  ...result('failed', type, 'commit'),
  error,
})

for (const [name, undone, fault] of [
  ['fails with the old configuration, too', [broken('handler', 'a: reload failed')], 'node'],
  ['fails otherwise with the old one', [broken('handler', 'a: not active')], 'commit'],
  ['does not fail with the old one', [result('changed', 'handler')], 'commit'],
] as const) {
  test(`a reload that ${name}: the ${fault}'s fault`, () =>
    assert.is(faultOfRun([broken('handler', 'a: reload failed')], undone), fault))
}

test.run()
