import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { countFilesNeeded } from '../../../agent/checks/node/haproxy-files-needed.ts'
import { readConfig, unknownContext } from '../../../agent/programs/haproxy/config.ts'
import type { HaproxyConfig } from '../../../agent/programs/haproxy/config.ts'

function configOf(text: string): HaproxyConfig {
  return readConfig([{ path: '/etc/haproxy/haproxy.cfg', text }], unknownContext)
}

/**
 * Global lines, others, listeners; what haproxy 2.6.12 and 3.0.11 (-W, fd-hard-limit 1) said they need.
 * We may say less, since more is a false alarm.
 */
const cases: readonly (readonly [string, string, number, number])[] = [
  ['nbthread 1', '', 1, 2025],
  ['nbthread 2', '', 1, 2028],
  ['nbthread 4', '', 1, 2034],
  ['nbthread 1', '', 12, 2036],
  ['nbthread 1', 'server a x check\n server b x check\n server c x', 1, 2027],
  ['nbthread 1', 'server a x check agent-check', 1, 2028],
  ['nbthread 1', 'default-server check\n server a x', 1, 2026],
  ['nbthread 1', 'default-server check\n server a x no-check', 1, 2025],
  ['nbthread 1', 'option splice-auto', 1, 2525],
  ['nbthread 1\n maxpipes 10', '', 1, 2045],
]
for (const [global, others, listeners, measured] of cases) {
  test(`${global} ${others} (${listeners} listeners)`, () => {
    const text = `global\n maxconn 1000\n ${global}\nbackend b\n ${others}\n`
    const needed = countFilesNeeded(configOf(text), listeners)
    const isExact = !/agent|splice|maxpipes/.test(text)
    assert.is(needed?.line.line, 2)
    assert.ok((needed?.files ?? 0) <= measured, `${needed?.files} > ${measured}`)
    if (isExact) assert.is(needed?.files, measured)
  })
}

test('the first maxconn counts', () => {
  const text = 'global\n maxconn 10\n maxconn 1000\n'
  assert.is(countFilesNeeded(configOf(text), 0)?.files, 44)
})

test('that of a frontend is no matter', () => {
  assert.is(countFilesNeeded(configOf('frontend a\n maxconn 1000\n'), 0), null)
})

test.run()
