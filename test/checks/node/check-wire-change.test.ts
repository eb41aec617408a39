import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkWireChange } from '../../../agent/checks/node/check-wire-change.ts'
import { futureDisk } from '../../../agent/checks/node/future-disk.ts'
import type { PeerKeepalived } from '../../../agent/checks/node/judge-wire-change.ts'
import type { Wanted } from '../../../agent/checks/node/wanted.ts'
import { formatProblem } from '../../../agent/system/errors.ts'
import { fakeSystem } from '../../fake-system.ts'

const main = '/etc/keepalived/keepalived.conf'
const part = '/etc/keepalived/conf.d/pair.conf'
const place = { file: 'roles/keepalived/tasks/main.yml', line: 9 }

/** The instance VI_1 by version 2. */
function instance(vrid: number, password = 'secret', vip = '192.0.2.101'): string {
  return `vrrp_instance VI_1 {
  virtual_router_id ${vrid}
  authentication {
    auth_type PASS
    auth_pass ${password}
  }
  virtual_ipaddress {
    ${vip}
  }
}
`
}

const lb2: PeerKeepalived = {
  name: 'lb2',
  isStopped: false,
  version: '2.2.7',
  isOnCommit: false,
  answers: true,
  reason: 'runs keepalived 2.2.7',
}

interface Given {
  readonly before: Readonly<Record<string, string>>
  readonly after: Readonly<Record<string, string>>
  readonly peer?: Partial<PeerKeepalived>
  /** Default: keepalived runs here. */
  readonly comm?: string | null
  readonly stops?: boolean
}

/** What is found, one line each, and how often the peers were asked. */
async function judge({ before, after, peer, comm = 'keepalived\n', stops = false }: Given) {
  const running = comm === null ? {} : { '/run/keepalived.pid': '700\n', '/proc/700/comm': comm }
  const system = fakeSystem({
    files: { ...before, ...running },
    commands: { '/proc/700/exe --version': { stderr: 'Keepalived v2.2.7 (01/16,2022)\n' } },
  })
  const files = new Map(
    Object.entries(after).map(([path, text]) => [path, { text, place, mode: 0o600 }]),
  )
  const unit = { name: 'keepalived.service', runs: false }
  const wanted = { host: 'lb1', files, units: stops ? [unit] : [] } as unknown as Wanted
  let asked = 0
  const found = await checkWireChange(
    wanted,
    futureDisk(files, new Set(Object.keys(after)), system),
    async () => {
      asked += 1
      return [{ ...lb2, ...peer }]
    },
    system,
  )
  return { found: found.map((one) => `${one.level} ${formatProblem(one)}`), asked }
}

test('the router id of a running pair', async () => {
  const { found } = await judge({
    before: { [main]: instance(51) },
    after: { [main]: instance(61) },
  })
  assert.is(found.length, 1)
  assert.match(
    found[0] ?? '',
    /^error roles\/keepalived\/tasks\/main\.yml:9: \/etc\/keepalived\/keepalived\.conf:2 VI_1 would .*virtual_router_id 51 → 61/,
  )
})

test('the password in a file that keepalived.conf includes', async () => {
  const include = 'include conf.d/*.conf\n'
  const before = { [main]: include, [part]: instance(51) }
  const { found } = await judge({
    before,
    after: { [main]: include, [part]: instance(51, 'hunter2') },
  })
  assert.match(found.join('\n'), /^error .*conf\.d\/pair\.conf:1 VI_1 .*\(another authentication\)/)
  assert.not.match(found.join('\n'), /secret|hunter2/)
})

test('a VIP in place of another one, by an own file', async () => {
  const after = { [main]: instance(51, 'secret', '192.0.2.102') }
  const { found } = await judge({ before: { [main]: instance(51) }, after })
  assert.match(found.join('\n'), /conf:8 .*advertised VIPs 192\.0\.2\.101 → 192\.0\.2\.102/)
})

const changed = { before: { [main]: instance(51) }, after: { [main]: instance(61) } }
const quiet: readonly (readonly [string, Given, number])[] = [
  ['a peer whose keepalived has stopped', { ...changed, peer: { isStopped: true } }, 1],
  ['a peer that has the commit', { ...changed, peer: { isOnCommit: true } }, 1],
  ['no keepalived runs here, as before the first run', { ...changed, comm: null }, 0],
  ['its pid is that of another program', { ...changed, comm: 'cron\n' }, 0],
  ['keepalived is to be stopped', { ...changed, stops: true }, 0],
  ['nothing changes on the wire', { ...changed, after: { [main]: `# new\n${instance(51)}` } }, 0],
  ['there was no keepalived.conf', { ...changed, before: {} }, 0],
]

for (const [name, given, expected] of quiet) {
  test(name, async () => {
    const { found, asked } = await judge(given)
    assert.equal(found, [])
    assert.is(asked, expected)
  })
}

test.run()
