/** What both nodes of a pair must agree on: refused on one alone, and changed by hand as the README says. */
import * as assert from 'uvu/assert'
import { createConfigRepo } from './config-repo.ts'
import { eventually } from './eventually.ts'
import { bootLab, evenkeel, installNodes } from './lab.ts'
import { createSteps } from './steps.ts'

const lab = bootLab('--topology', 'master-backup', '--nodes', 'lb1,lb2,git')
const repo = createConfigRepo(lab)
const { before, after, step, check, run } = createSteps('a change that both nodes must make')
const pair = ['lb1', 'lb2'] as const
const vip = lab.address('vip1')
const vars = 'inventory/group_vars/master_backup.yml'

const holders = (): readonly string[] =>
  pair.filter((node) => lab.sh(node, 'ip -br address').includes(` ${vip}/`))

/** All that a change of keepalived would move. */
const stateOf = (node: string): string =>
  lab.sh(
    node,
    'md5sum /etc/keepalived/*; cat /run/keepalived.pid; ip -br address; journalctl -u keepalived -o cat | grep -c Reloading || true',
  )

/** Runs a command as an operator would. @returns what it printed, with its exit code in front */
function type(node: string, command: string): string {
  const { code, stdout, stderr } = lab.exec(node, 'sh', '-c', command)
  return `${code} ${stdout}${stderr}`
}

const stop = 'evenkeel disable "VRRP changes" && systemctl stop keepalived'
const start = 'evenkeel enable && evenkeel converge'

before(async () => {
  repo.push('The sample')
  await installNodes(lab, pair, repo.url)
})
after(() => lab.down())

step('the pair converges and watches', async () => {
  for (const node of pair) {
    const { exitCode, message } = evenkeel(lab, node, 'converge')
    assert.is(exitCode, 0, message)
  }
  for (const node of pair) {
    lab.sh(
      node,
      `echo 'schedule: "0 0 1 1 *"' >> /etc/evenkeel/agent.yml; systemctl start evenkeel`,
    )
  }
  await eventually('the VIP is at home', () => holders().join() === 'lb1')
  await eventually('they know of each other', () =>
    pair.every((node) => {
      const status = JSON.parse(lab.sh(node, 'evenkeel status --json')) as {
        readonly daemon: { readonly peers: readonly { readonly evidence: unknown }[] | null }
      }
      return status.daemon.peers?.every(({ evidence }) => evidence !== null) === true
    }),
  )
})

let changed = ''

step('another router id is refused on both, and nothing is touched', () => {
  const seen = pair.map(stateOf)
  repo.replace(vars, 'virtual_router_id: 51', 'virtual_router_id: 61')
  changed = repo.push('Another router id').slice(0, 8)
  for (const node of pair) {
    const peer = node === 'lb1' ? 'lb2' : 'lb1'
    const said = type(node, 'evenkeel converge')
    assert.match(said, /^4 /)
    assert.match(said, /keepalived\.conf:\d+ VI_1 would .*\(virtual_router_id 51 → 61\)/)
    assert.match(
      said,
      new RegExp(`${peer} runs keepalived \\d+\\.\\d+\\.\\d+ with [0-9a-f]{8}; to`),
    )
    assert.match(said, /systemctl stop keepalived" on .*\[keepalived-wire-change\]/)
  }
  assert.equal(pair.map(stateOf), seen)
})

step(
  'it is refused as long as a peer is disabled, or silent, whatever its keepalived does',
  async () => {
    const before = stateOf('lb1')
    lab.sh('lb2', 'evenkeel disable "VRRP changes"')
    const disabled = type('lb1', 'evenkeel converge')
    assert.match(disabled, /^4 [\s\S]*lb2 runs keepalived .*, though its agent is disabled; to/)
    lab.sh('lb2', 'systemctl stop evenkeel keepalived')
    const silent = type('lb1', 'evenkeel converge')
    assert.match(silent, /^4 [\s\S]*lb2 counts as running, since lb2 .* refuses the connection/)
    assert.match(silent, /the daemon of lb2 has to run/)
    lab.sh('lb2', 'systemctl start keepalived evenkeel; evenkeel enable')
    assert.is(stateOf('lb1'), before)
    await eventually('lb2 hears lb1 again', () => holders().join() === 'lb1')
  },
)

step('by hand, as the README says', async () => {
  const stopped = type('lb2', stop)
  assert.match(stopped, /^0 /)
  await eventually('lb2 says so', () =>
    lab.sh('lb1', 'evenkeel status --json').includes('"isRunning":false'),
  )
  const first = type('lb1', 'evenkeel converge')
  assert.match(first, /^0 [\s\S]*brought in line/)
  await eventually('lb1 holds the VIP', () => holders().join() === 'lb1', 10)
  const second = type('lb2', start)
  assert.match(second, /^0 [\s\S]*brought in line/)
  assert.equal(holders(), ['lb1'])
  for (const node of pair) {
    assert.match(lab.sh(node, 'cat /etc/keepalived/keepalived.conf'), /virtual_router_id 61/)
    assert.match(lab.sh(node, 'evenkeel status'), new RegExp(`applied +${changed}`))
  }
})

check('one without the daemon asks the peer as well', () => {
  lab.sh('lb1', 'systemctl stop evenkeel')
  repo.replace(vars, 'virtual_router_id: 61', 'virtual_router_id: 71')
  repo.push('A further one')
  const before = stateOf('lb1')
  const said = type('lb1', 'evenkeel converge')
  assert.match(said, /^4 [\s\S]*lb2 runs keepalived \d[\d.]* with/)
  assert.is(stateOf('lb1'), before)
  lab.sh('lb1', 'systemctl start evenkeel')
})

check('a hand edit of the router id is drift, and is brought back', async () => {
  const file = '/etc/keepalived/keepalived.conf'
  lab.sh('lb2', `sed -i "s/virtual_router_id 61/virtual_router_id 62/" ${file}`)
  await eventually('it is back', () => lab.sh('lb2', `cat ${file}`).includes('router_id 61'))
  assert.equal(holders(), ['lb1'])
})

run()
