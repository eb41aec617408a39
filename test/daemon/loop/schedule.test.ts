/** 24 simulated hours and more: the clock of Node and of node-cron is injected. */
import { mock } from 'node:test'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseCron } from '../../../agent/config/cron.ts'
import { holdWhileDisabled } from '../../../agent/converge/hold-while-disabled.ts'
import type { Node } from '../../../agent/converge/run.ts'
import { beat, startSchedule } from '../../../agent/daemon/loop/schedule.ts'
import { UsageError } from '../../../agent/system/errors.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** Times at which a schedule is due, in milliseconds. `during` runs at each step with the time passed. */
function dueTimes(
  expression: string,
  {
    from,
    length,
    offset = 0,
    step = 500,
    during,
    onDue,
  }: {
    readonly from: string
    readonly length: number
    readonly offset?: number
    readonly step?: number
    readonly during?: (passed: number) => void
    readonly onDue?: () => void
  },
): readonly number[] {
  mock.timers.enable({ apis: ['Date', 'setTimeout'], now: Date.parse(from) })
  try {
    const times: number[] = []
    const schedule = startSchedule(parseCron(expression), offset, () => {
      times.push(Date.now())
      onDue?.()
    })
    for (let passed = 0; passed < length; passed += step) {
      mock.timers.tick(step)
      during?.(passed + step)
    }
    schedule.stop()
    return times
  } finally {
    mock.timers.reset()
  }
}

function slots(from: string, count: number, gap: number, offset = 0): readonly number[] {
  return Array.from({ length: count }, (_, index) => Date.parse(from) + index * gap + offset)
}

test('each minute of a day is due once, at its offset', () => {
  const offset = 17_250
  const times = dueTimes('* * * * *', {
    from: '2026-11-22T00:00:30Z',
    length: day,
    offset,
    step: 250,
  })
  assert.equal(times, slots('2026-11-22T00:01:00Z', day / minute, minute, offset))
})

test('each two seconds of a day, with an offset below that', () => {
  const times = dueTimes('*/2 * * * * *', {
    from: '2026-11-22T00:00:01Z',
    length: day,
    offset: 1500,
  })
  assert.equal(times, slots('2026-11-22T00:00:02Z', times.length, 2 * second, 1500))
  assert.is(times.length, day / (2 * second) - 1)
})

for (const [what, date] of [
  ['the day of 23 hours', '2026-03-29'],
  ['the day of 25 hours', '2026-10-25'],
] as const) {
  for (const [expression, gap, first] of [
    ['*/5 * * * *', 5 * minute, 0],
    ['30 * * * *', hour, 30 * minute],
  ] as const) {
    test(`${what} in Berlin: ${expression} is neither skipped nor doubled`, () => {
      const { TZ } = process.env
      process.env['TZ'] = 'Europe/Berlin'
      try {
        const from = Date.parse(`${date}T00:00:00+${date.includes('-03-') ? '01' : '02'}:00`)
        assert.is.not(
          new Date(from).getTimezoneOffset(),
          new Date(from + day).getTimezoneOffset(),
          'the clocks change on this day',
        )
        const start = new Date(from - 30 * second).toISOString()
        const times = dueTimes(expression, { from: start, length: day + 2 * hour })
        const expected = slots(new Date(from + first).toISOString(), (day + 2 * hour) / gap, gap)
        assert.equal(times, expected)
      } finally {
        if (TZ === undefined) delete process.env['TZ']
        else process.env['TZ'] = TZ
      }
    })
  }
}

test('once a day is once a day, also over the change of clocks', () => {
  const times = dueTimes('30 1 * * *', {
    from: '2026-10-24T00:00:00Z',
    length: 3 * day,
    step: second,
  })
  assert.equal(times, slots('2026-10-24T01:30:00Z', 3, day))
})

test('a day on which the node is disabled for two hours: each minute has one run, held or not', async () => {
  const until = '2026-11-22T12:00:00.000Z'
  const disabled = { version: 1, reason: 'r', who: 'w', since: '2026-11-22T10:00:00.000Z', until }
  let file: string | null = null
  let isGone = false
  const system = {
    now: () => Date.now(),
    readFile: async () => (file === null || isGone ? null : Buffer.from(file)),
    remove: async () => {
      isGone = true
    },
  }
  const node = { paths: { state: '/state' }, system } as unknown as Node
  const progress = {
    node: null,
    commit: null,
    subject: null,
    part: null,
    warnings: [],
    secrets: [],
    profile: null,
  }
  const runs: Promise<string>[] = []
  const offset = 45 * second
  const times = dueTimes('* * * * *', {
    from: '2026-11-22T00:00:00Z',
    length: day,
    offset,
    during: (passed) => {
      if (passed === 10 * hour) file = JSON.stringify(disabled)
    },
    onDue: () =>
      runs.push(
        holdWhileDisabled({ mode: 'converge', node, progress }).then(
          () => 'run',
          () => 'held',
        ),
      ),
  })
  const ended = await Promise.all(runs)
  const held = times.filter((_, index) => ended[index] === 'held')
  assert.is(ended.length, day / minute - 1)
  assert.equal(held, slots('2026-11-22T10:00:00Z', 120, minute, offset))
  assert.ok(isGone)
})

test('a clock that is set forward, or a machine that slept: one run, and then as before', () => {
  const times = dueTimes('* * * * *', {
    from: '2026-11-22T00:00:30Z',
    length: 10 * minute,
    during: (passed) => {
      if (passed === 3 * minute) mock.timers.setTime(Date.parse('2027-11-22T05:00:10Z'))
    },
  })
  const [before, after] = [times.slice(0, 3), times.slice(3)]
  assert.equal(before, slots('2026-11-22T00:01:00Z', 3, minute))
  const [first = 0, ...rest] = after
  assert.ok(
    first - Date.parse('2027-11-22T05:00:10Z') <= 10 * second,
    new Date(first).toISOString(),
  )
  assert.equal(rest, slots('2027-11-22T05:01:00Z', rest.length, minute))
  assert.is(rest.length, 7)
})

test('beat: set back by far, it does not wait until the clock has caught up', () => {
  const gap = minute
  assert.equal(beat({ awaited: 100 * gap, following: 40 * gap, gap }, 39.5 * gap), {
    isDue: false,
    next: 40 * gap,
  })
})

test('beat: set back a little, no slot comes twice', () => {
  const gap = minute
  // Slot 100 was due just now; the clock then went back before it.
  assert.equal(beat({ awaited: 101 * gap, following: 100 * gap, gap }, 99.9 * gap), {
    isDue: false,
    next: 101 * gap,
  })
})

test('the gap of a schedule is that of its closest slots', () => {
  for (const [expression, gap] of [
    ['* * * * *', minute],
    ['*/2 * * * * *', 2 * second],
    ['0 6,18,20 * * *', 2 * hour],
    ['0 4 * * 1', 7 * day],
  ] as const) {
    const cron = parseCron(expression)
    assert.is(cron.gap, gap, expression)
    cron.end()
  }
})

test('a schedule that can not be is an error that says why', () => {
  for (const [expression, message] of [
    ['61 * * * *', /agent\.yml schedule: "61 \* \* \* \*": .*minute/],
    ['* * *', /expected 5 or 6 fields/],
    ['0 0 30 2 *', /impossible day/],
  ] as const) {
    assert.throws(
      () => parseCron(expression),
      (error: Error) => error instanceof UsageError && message.test(error.message),
    )
  }
})

test.run()
