import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { debianUnit } from '../../../agent/programs/haproxy/paths.ts'
import { unitEnvironment } from '../../../agent/programs/systemd/environment.ts'
import { startCommand } from '../../../agent/programs/systemd/exec-command.ts'
import { parseUnitTexts } from '../../../agent/programs/systemd/unit-file.ts'

const variables = new Map([
  ['CONFIG', '/etc/a b.cfg'],
  ['OPTIONS', `-S /run/m.sock  -f 'c d' `],
  ['EMPTY', ''],
])

/** What stands behind ExecStart=, and the words of the command. */
const cases: readonly (readonly [string, readonly string[]])[] = [
  ['/usr/sbin/haproxy -f ${CONFIG}', ['/usr/sbin/haproxy', '-f', '/etc/a b.cfg']],
  ['haproxy -f $CONFIG', ['haproxy', '-f', '/etc/a', 'b.cfg']],
  ['haproxy $OPTIONS -q', ['haproxy', '-S', '/run/m.sock', '-f', 'c d', '-q']],
  ['haproxy $EMPTY $UNSET -q', ['haproxy', '-q']],
  ['haproxy ${EMPTY} x${UNSET}y', ['haproxy', '', 'xy']],
  ['haproxy "a b" \'c\' d\\x20e \\"f', ['haproxy', 'a b', 'c', 'd e', '"f']],
  ['haproxy x$CONFIG $$CONFIG 100%%', ['haproxy', 'x$CONFIG', '$CONFIG', '100%']],
  ['-+/usr/sbin/haproxy -q', ['/usr/sbin/haproxy', '-q']],
  ['@/usr/sbin/haproxy lb -q', ['/usr/sbin/haproxy', '-q']],
  [':haproxy $OPTIONS', ['haproxy', '$OPTIONS']],
  ['', []],
]
for (const [text, expected] of cases) {
  test(text || 'nothing', () => {
    const unit = parseUnitTexts([`[Service]\nExecStart=${text}\n`])
    assert.equal(startCommand(unit, variables), expected)
  })
}

test("Debian's unit, with a drop-in and a file of variables", () => {
  const dropIn =
    '[Service]\nExecStart=\nExecStart=/usr/sbin/haproxy -Ws -f $CONFIG \\\n  $EXTRAOPTS\n'
  const unit = parseUnitTexts([debianUnit, dropIn])
  const defaults = 'CONFIG="/etc/lb.cfg"\nEXTRAOPTS="-S /run/m.sock -f /etc/conf.d"\n'
  assert.equal(startCommand(unit, unitEnvironment(unit, [defaults])), [
    '/usr/sbin/haproxy',
    '-Ws',
    '-f',
    '/etc/lb.cfg',
    '-S',
    '/run/m.sock',
    '-f',
    '/etc/conf.d',
  ])
})

test.run()
