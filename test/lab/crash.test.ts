/** A pair under traffic: its first node is stopped at every boundary of a change of all parts. */
import * as assert from 'uvu/assert'
import { createCrashNode, powerUp, serves } from './crash-node.ts'
import type { CrashNode, Cut, Side } from './crash-node.ts'
import { eventually } from './eventually.ts'
import { chooseCut, random } from './random-cut.ts'
import { createSteps } from './steps.ts'

const { before, after, step, run } = createSteps('crash')
const watching = '… watching the health of the node'
/** The journal says that the change stays. */
const passed = 'rename /var/lib/evenkeel/journal/journal.json (2)'
/** What a run tells, what it writes down for the next one, and the dead-man. */
const boundary =
  /^… |^changed: |^(rename|unlink) \S+\/(journal|state)\.json\b|^open \S+\/history\.jsonl|^run systemd-run |^run mv \S+ \S+\/dead-man-watching/
let node: CrashNode
let state: Side = 'old'
const operations: Record<Side, readonly string[]> = { old: [], new: [] }

const other = (side: Side): Side => (side === 'old' ? 'new' : 'old')
const lb1 = (script: string): string => node.lab.sh('lb1', script)
const lb2 = (script: string): string => node.lab.sh('lb2', script)

async function change(target: Side): Promise<void> {
  operations[target] = await node.change(target)
  state = target
}

/** The node is stopped, comes back, and is what it has to be. @returns whether the run came that far */
async function survive(how: Cut['how'], at: string): Promise<boolean> {
  const target = other(state)
  const when = `${how} at "${at}" on the way to ${target}`
  const {
    wasCut,
    done,
    said,
    state: found,
  } = await node.survive(node.to(target), { how, at }).catch((error: Error) => {
    throw new Error(`${when}: ${error.message}`)
  })
  const isDone = !wasCut || done.includes(passed)
  assert.is(found, isDone ? target : state, wasCut ? when : `${when}: not met\n${said}`)
  state = found
  return wasCut
}

/** From where the run stays, every further one leads to the other state. */
async function surviveAll(how: Cut['how']): Promise<void> {
  const all = operations[other(state)].filter((one) => boundary.test(one))
  let cuts = 0
  for (const at of all) if (await survive(how, at)) cuts += 1
  assert.ok(cuts > 20, all.join('\n'))
}

before(async () => {
  node = await createCrashNode('master-backup')
})
after(() => node?.lab.down())

step('both states can be reached from each other, and no request fails', async () => {
  for (const target of ['new', 'old', 'new'] as const) await change(target)
})

step('a run hangs on the other node, behind changes of its firewall and kernel settings', () => {
  node.cut('converge', { how: 'hang', at: watching }, 'lb2')
  assert.is(lb2('sysctl -n net.ipv4.tcp_fin_timeout'), '31')
  assert.match(lb2('iptables -S EVENKEEL-IN'), /--dport 9100/)
})

step('killed at any boundary of the way back: wholly old or new, and no request fails', () =>
  surviveAll('kill'),
)

step('a run that hangs: the dead-man has brought firewall and sysctl back', async () => {
  await eventually('it is back', () => !lb2('iptables -S EVENKEEL-IN').includes('9100'))
  assert.is(lb2('sysctl -n net.ipv4.tcp_fin_timeout'), '30')
  assert.is(node.lab.exec('lb2', 'test', '-e', '/var/lib/evenkeel/journal/journal.json').code, 0)
})

step('a run that hangs: once it is dead, all is back', async () => {
  lb2('kill -9 $(sed \'s/.*"pid":\\([0-9]*\\).*/\\1/\' /run/evenkeel/lock)')
  const ended = (): boolean =>
    lb2('find /run/evenkeel -name "dead-man*"; find /var/lib/evenkeel/journal -type f') === ''
  await eventually('it has ended', ended)
  assert.is(
    lb2('grep -c 9100 /etc/evenkeel/firewall/* /etc/haproxy/haproxy.cfg || true').includes(':1'),
    false,
  )
})

step(
  'power cut at any boundary: wholly old or new, and so before anything is taken up',
  async () => {
    if (state === 'new') await change('old')
    await surviveAll('power')
  },
)

step('random instants: wholly old or new', async () => {
  const draw = random(1)
  for (let count = 0; count < 8; count++) {
    const target = other(state)
    const cut = chooseCut(operations[target], [draw(), draw(), draw()])
    if (cut.how === 'kill') await serves(node.lab)
    const outcome = await node.survive(node.to(target), cut).catch((error: Error) => {
      throw new Error(`to ${target}, ${JSON.stringify(cut)}: ${error.message}`)
    })
    state = outcome.state
  }
})

step(
  'stopped while a commit is fetched and its package installed: the next run does it',
  async () => {
    if (state === 'old') await change('new')
    const tasks = 'roles/extra/tasks/main.yml'
    node.repo.write(
      tasks,
      `- name: A package\n  package: {name: tree, state: present}\n${node.repo.read(tasks)}`,
    )
    const commit = node.repo.push('A package')
    for (const cut of [
      { how: 'kill', at: 'run timeout --kill-after=5 60 prlimit *', delay: 15 },
      { how: 'power', at: 'rename /var/lib/evenkeel/releases/*' },
    ] as const) {
      const outcome = await node.survive('converge', cut)
      assert.ok(outcome.wasCut, cut.at)
      assert.is(outcome.state, 'new', cut.at)
    }
    // Packages are never taken back
    for (const how of ['kill', 'power'] as const) {
      node.cut('converge', { how, at: '… installing package*', delay: 500 })
      if (how === 'power') powerUp(node.lab)
      assert.is(node.lab.exec('lb1', 'test', '-e', '/root/was-cut').code, 0, how)
      await serves(node.lab)
    }
    // apt outlives a killed run, and has its lock
    const converges = (): boolean => node.lab.exec('lb1', 'evenkeel', 'converge').code === 0
    await eventually('it converges', converges)
    assert.is(lb1("dpkg --audit; dpkg-query -W -f '${db:Status-Status}' tree"), 'installed')
    assert.match(lb1('evenkeel status'), new RegExp(commit.slice(0, 8)))
    const left = lb1('sh /root/snapshot.sh leftovers; ls /usr/sbin/policy-rc.d 2>/dev/null; true')
    assert.is(left, '')
  },
)

run()
