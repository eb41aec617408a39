import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  crontabName,
  findCommandFault,
  findScheduleFault,
  findVariableFault,
  formatCrontab,
} from '../../../agent/programs/cron/crontab.ts'

for (const schedule of [
  '* * * * *',
  '*/5,1-3 0-23/2 1,15 jan mon',
  '* * * JAN-MAR MON-FRI',
  '01 02 31 12 7',
  '0 0 * * 0,sat',
  '*/59 * * * *',
  '@reboot',
  '@midnight',
]) {
  test(`"${schedule}" is a schedule`, () => assert.is(findScheduleFault(schedule), null))
}

for (const [schedule, fault] of [
  ['60 * * * *', /^minute: "60" .*\(0-59\)/],
  ['* 24 * * *', /^hour: "24"/],
  ['* * 0 * *', /^day of month: "0" .*\(1-31\)/],
  ['* * 32 * *', /^day of month/],
  ['* * L * *', /^day of month: "L"/],
  ['* * * 13 *', /^month: "13" .*\(1-12 or jan-dec\)/],
  ['* * * january *', /^month: "january"/],
  ['jan * * * *', /^minute: "jan"/],
  ['* * * * 8', /^day of week: "8" .*\(0-7 or sun-sat\)/],
  ['* * * * fri-sun', /^day of week: "fri-sun"/],
  ['5-1 * * * *', /^minute: "5-1"/],
  ['1/5 * * * *', /^minute: "1\/5"/],
  ['*/0 * * * *', /^minute: "\*\/0"/],
  ['*/60 * * * *', /^minute: "\*\/60"/],
  ['1, * * * *', /^minute: ""/],
  ['1-5-7 * * * *', /^minute: "1-5-7"/],
  ['-1 * * * *', /^minute: "-1"/],
  ['* * * *', /got 4 fields/],
  ['* * * * * *', /got 6 fields/],
  ['', /got 1 fields/],
  ['@Daily', /no @Daily; cron knows @reboot, @yearly/],
  ['@every 5m', /no @every 5m/],
] as const) {
  test(`"${schedule}" is none`, () => assert.match(findScheduleFault(schedule) ?? '', fault))
}

test('a name that cron reads', () => {
  for (const name of ['backup', 'a_B-1', '0', '_x']) assert.ok(crontabName.test(name), name)
  for (const name of ['a.b', 'a~', 'a+', 'a:b', 'a/b', '-a', '', 'ü']) {
    assert.not(crontabName.test(name), name)
  }
})

test('a command is one line, as long as cron takes, and has no escapes of its own', () => {
  const long = 'y'.repeat(998)
  for (const command of ['true', "date '+%F \\d' && echo \\$x", long]) {
    assert.is(findCommandFault(command), null, command)
  }
  assert.match(findCommandFault('a\nb') ?? '', 'one line')
  assert.match(findCommandFault('') ?? '', 'one line')
  assert.match(findCommandFault('date +\\%F') ?? '', 'write % as it is')
  assert.match(findCommandFault("printf 'a\\\\b'") ?? '', 'script')
  assert.match(findCommandFault(`${long}y`) ?? '', '998 bytes, these are 999')
  assert.match(findCommandFault(`${long.slice(1)}%`) ?? '', '999', 'what cron reads counts')
})

test('a variable is one that cron keeps as it is', () => {
  for (const value of ['', 'x', ' x', "it's", 'a "b"', '$HOME \\ # %']) {
    assert.is(findVariableFault('MAILTO', value), null, value)
  }
  assert.match(findVariableFault('A-B', 'x') ?? '', 'a name such as')
  assert.match(findVariableFault('LOGNAME', 'x') ?? '', 'sets it itself')
  assert.match(findVariableFault('A', 'x ') ?? '', 'drops blanks')
  assert.match(findVariableFault('A', 'a\nb') ?? '', 'one line')
  assert.match(findVariableFault('A', `"'`) ?? '', 'with both')
  assert.is(findVariableFault('V', 'v'.repeat(994)), null)
  assert.match(findVariableFault('V', 'v'.repeat(995)) ?? '', '998 bytes in a line, this has 999')
})

test('a file says whose it is, sets variables, has one job, and ends with a new line', () => {
  const env = { MAILTO: '', TITLE: 'say "x"' }
  const job = { schedule: '@daily', user: 'root', command: 'date +%F', env }
  assert.is(
    formatCrontab(job),
    `# Written by Evenkeel; a change made here is undone.
MAILTO=""
TITLE='say "x"'
@daily root date +\\%F
`,
  )
})

test.run()
