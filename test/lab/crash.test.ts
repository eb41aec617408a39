/** A real node whose agent is killed, or whose power is cut, at every boundary of a change of all parts. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { createConfigRepo } from './config-repo.ts'
import { eventually } from './eventually.ts'
import { bootLab, installNodes } from './lab.ts'
import { createSteps } from './steps.ts'

const root = join(import.meta.dirname, '../..')
const lab = bootLab('--nodes', 'lb1,git')
const repo = createConfigRepo(lab)
const { before, after, step, run } = createSteps('crash')
/** More events than a change has. */
const mostEvents = 60
const seen: Record<string, string[]> = { old: [], new: [] }

/** The sample for this lab; `change` makes another desired state of it. */
function pushConfig(name: string, change: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-crash-'))
  try {
    cpSync(join(root, 'inventory'), join(folder, 'inventory'), { recursive: true })
    const prefix = lab.address('lb1').replace(/\d+$/, '')
    const files = execFileSync('find', ['inventory', '-type', 'f'], {
      cwd: folder,
      encoding: 'utf8',
    })
    for (const file of files.trim().split('\n')) {
      edit(join(folder, file), (text) => text.replaceAll('192.0.2.', prefix))
    }
    change(folder)
    lab.push('lb1', folder, `/root/${name}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function edit(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')))
}

/** All five parts, a new file in a new folder, and one that is taken back. */
function changeAll(folder: string): void {
  edit(join(folder, 'inventory/group_vars/loadbalancers.yml'), (text) =>
    `${text}
keepalived_garp_master_refresh: 45
rsyslog_files:
  - name: 90-more
    content: |
      local5.* /var/log/more.log
`
      .replace('maxconn: 8000', 'maxconn: 7000')
      .replace('iptables_allow: []', 'iptables_allow:\n  - port: 9100')
      .replace('tcp_fin_timeout: 30', 'tcp_fin_timeout: 31\n  net.ipv4.tcp_keepalive_time: 300')
      .replace('  - keepalived\n', '  - keepalived\n  - extra\n'),
  )
  const tasks = join(folder, 'roles/extra/tasks')
  execFileSync('mkdir', ['-p', tasks])
  writeFileSync(
    join(tasks, 'main.yml'),
    '- name: A file\n  copy: {dest: /etc/extra/deep/file.conf, content: "x\\n"}\n',
  )
}

const inSync = (config: string): boolean =>
  lab.exec('lb1', 'evenkeel', 'plan', '-i', `/root/${config}`).code === 0

function converge(config: string): void {
  const { code, stdout, stderr } = lab.exec('lb1', 'evenkeel', 'converge', '-i', `/root/${config}`)
  assert.is(code, 0, stdout + stderr)
  // Pruning leaves folders, which others may use; a rollback does not
  if (config === 'old') lab.sh('lb1', 'rm -rf /etc/extra')
}

/** Starts the change and stops it at an event; null when it has fewer. */
function interrupt(signal: 'SIGKILL' | 'SIGSTOP', count: number): string | null {
  const command = `/opt/evenkeel/bin/node /root/kill-at.mjs ${signal} ${count} evenkeel converge -i /root/new`
  return lab.sh('lb1', command) || null
}

/** Wholly one or the other, and haproxy runs what is on disk. */
function look(when: string): 'old' | 'new' {
  const state = inSync('old') ? 'old' : 'new'
  if (state === 'new' && !inSync('new')) {
    const { stdout } = lab.exec('lb1', 'evenkeel', 'plan', '-i', '/root/old', '--diff')
    throw new Error(`${when}: neither old nor new\n${stdout}`)
  }
  const onDisk = lab.sh('lb1', "sed -n 's/.*EVENKEEL_FINGERPRINT //p' /etc/haproxy/haproxy.cfg")
  const running = lab.sh(
    'lb1',
    'echo "show env EVENKEEL_FINGERPRINT" | socat - /run/haproxy/admin.sock',
  )
  assert.match(running, onDisk, when)
  const extra = lab.exec('lb1', 'test', '-e', '/etc/extra').code === 0
  assert.is(extra, state === 'new', `${when}: the new folder`)
  assert.is(lab.exec('lb1', 'test', '-e', '/var/lib/evenkeel/journal/journal.json').code, 1, when)
  assert.is(lab.sh('lb1', 'find /run/evenkeel -name "dead-man*"'), '', when)
  return state
}

before(async () => {
  repo.push('The sample')
  await installNodes(lab, ['lb1'], repo.url)
  lab.sh('lb1', 'apt-get update -qq; apt-get install -y -qq socat')
  lab.push('lb1', join(import.meta.dirname, 'kill-at.mjs'), '/root/kill-at.mjs')
  pushConfig('old', () => {})
  pushConfig('new', changeAll)
})
after(() => lab.down())

step('both states can be reached from each other', () => {
  converge('old')
  assert.is(look('at first'), 'old')
  converge('new')
  assert.is(look('changed'), 'new')
  converge('old')
  assert.is(look('and back'), 'old')
})

step('killed at any boundary: the next run finds it, and the node is wholly old or new', () => {
  for (let count = 1; count <= mostEvents; count++) {
    const event = interrupt('SIGKILL', count)
    if (event === null) break
    const { code, stdout } = lab.exec('lb1', 'evenkeel', 'recover')
    assert.is(code, 0, `${event}: ${stdout}`)
    const state = look(`killed at ${count}, ${event}`)
    seen[state]?.push(event)
    if (state === 'new') converge('old')
  }
  converge('old')
  assert.ok((seen['old'] ?? []).length > 10, JSON.stringify(seen, null, 1))
})

step('power cut: the boot brings the files back before anything reads them', async () => {
  for (const count of [2, 6, 10]) {
    const event = interrupt('SIGSTOP', count)
    assert.ok(event, `event ${count}`)
    lab.command('stop', 'lb1', '--kill')
    lab.command('start', 'lb1')
    const when = `power cut at ${count}, ${event}`
    const log = lab.sh('lb1', 'journalctl -b -u evenkeel-recover -o cat --no-pager')
    assert.match(log, /its files are as they were before/, when)
    assert.not.match(lab.sh('lb1', 'journalctl -b --no-pager'), /ordering cycle/, when)
    assert.ok(inSync('old'), `${when}: before the first run`)
    assert.match(lab.sh('lb1', 'evenkeel recover'), /is as it was before|had changed nothing/, when)
    assert.is(look(when), 'old')
  }
})

step(
  'a run that hangs: the dead-man brings firewall and sysctl back, and all once it is dead',
  async () => {
    const events = (seen['old'] ?? []).length
    assert.ok(interrupt('SIGSTOP', events - 1))
    assert.is(lab.sh('lb1', 'sysctl -n net.ipv4.tcp_fin_timeout'), '31')
    assert.match(lab.sh('lb1', 'iptables -S EVENKEEL-IN'), /--dport 9100/)
    await eventually(
      'the firewall is back',
      () => {
        return !lab.sh('lb1', 'iptables -S EVENKEEL-IN').includes('9100')
      },
      75,
    )
    assert.is(lab.sh('lb1', 'sysctl -n net.ipv4.tcp_fin_timeout'), '30')
    assert.ok(lab.exec('lb1', 'test', '-e', '/var/lib/evenkeel/journal/journal.json').code === 0)
    lab.sh('lb1', 'kill -9 $(sed \'s/.*"pid":\\([0-9]*\\).*/\\1/\' /run/evenkeel/lock)')
    await eventually(
      'all is back',
      () => {
        return lab.exec('lb1', 'test', '-e', '/var/lib/evenkeel/journal/journal.json').code === 1
      },
      30,
    )
    await eventually(
      'it has ended',
      () => lab.sh('lb1', 'find /run/evenkeel -name "dead-man*"') === '',
    )
    assert.is(look('after the dead-man'), 'old')
  },
)

run()
