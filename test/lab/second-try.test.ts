/** What becomes of a change that failed: tried again, or not, by itself, and when; and nothing left behind. */
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { createConfigRepo } from './config-repo.ts'
import { eventually } from './eventually.ts'
import { bootLab, installNodes, pushRuntime } from './lab.ts'
import type { Ended } from './lab.ts'
import { leftovers, snapshot } from './snapshot.ts'
import { createSteps } from './steps.ts'

const lab = bootLab('--nodes', 'lb1,lb2,web1,git')
const repo = createConfigRepo(lab)
const { before, after, step, check, run } = createSteps('second try')
const balancers = 'inventory/group_vars/loadbalancers.yml'
const badUnit = '/run/systemd/system/haproxy.service.d/zz-bad.conf'
let good = ''

const converge = (node = 'lb1', ...words: readonly string[]): Ended =>
  lab.exec(node, 'evenkeel', 'converge', ...words)
const scheduled = (node = 'lb1'): Ended => converge(node, '--scheduled')
const status = (node = 'lb1'): string => lab.sh(node, 'evenkeel status')
const reloads = (): string =>
  lab.sh('lb1', 'journalctl -q -u haproxy | grep -c -e "[Rr]eload" -e "New worker"; true')

function ends({ code, stdout, stderr }: Ended, expected: number, ...says: readonly RegExp[]): void {
  assert.is(code, expected, stdout + stderr)
  for (const one of says) assert.ok(one.test(stdout), `${one} in\n${stdout}`)
}

/** Makes a commit that follows the good one. */
function push(subject: string, ...edits: readonly (readonly [string, string])[]): string {
  repo.restore(good)
  for (const [from, to] of edits) repo.write(balancers, repo.read(balancers).replaceAll(from, to))
  return repo.push(subject).slice(0, 8)
}

const deadServers = ['        port: 80\n', '        port: 9\n'] as const
const balance = (algorithm: string) => ['balance: roundrobin', `balance: ${algorithm}`] as const

before(async () => {
  good = repo.push('The sample')
  await installNodes(lab, ['lb1', 'lb2'], repo.url)
  pushRuntime(lab, 'web1')
  lab.push('web1', join(import.meta.dirname, 'web-server.mjs'), '/root/web-server.mjs')
  lab.sh('web1', 'systemd-run /root/node /root/web-server.mjs web1 80')
})
after(() => lab.down())

step('both nodes converge', () => {
  for (const node of ['lb1', 'lb2']) ends(converge(node), 0)
})

step('a commit that fails twice through its own fault is not tried a third time', async () => {
  await eventually('web1 is up', () => /,UP,/.test(stat()))
  const untouched = snapshot(lab)
  const bad = push('Dead servers', deadServers)
  ends(scheduled(), 3, /lost its last server/, /tries this one once more/)
  await eventually('web1 is up', () => /,UP,/.test(stat()))
  ends(scheduled(), 3, /has failed 2 times and is quarantined/)
  const before = reloads()
  ends(scheduled(), 4, new RegExp(`${bad} "Dead servers" is quarantined`), /stays in force/)
  ends(converge(), 4, /evenkeel unquarantine/)
  assert.is(reloads(), before)
  assert.match(status(), new RegExp(`^quarantine ${bad} "Dead servers".*lost its last`, 'm'))
  assert.is(snapshot(lab), untouched)
  assert.is(leftovers(lab), '')
})

check('the commit that mends it goes through at once', () => {
  const fixed = push('Mended', balance('leastconn'))
  ends(scheduled(), 0)
  assert.match(status(), new RegExp(`^applied +${fixed}`, 'm'))
})

check('a newer commit ends a gate that waits, and nobody is to blame', async () => {
  // Two checks that fail are 20 s apart: there the gate waits, and a commit comes
  const bad = push('Waits', deadServers, ['inter: 2000', 'inter: 20000'])
  lab.sh('lb1', 'systemd-run -q --unit=under-test sh -c "evenkeel converge > /tmp/said 2>&1"')
  const sees = (text: string): boolean =>
    lab.exec('lb1', 'grep', '-q', text, '/tmp/said').code === 0
  await eventually('the gate', () => sees('watching the health'))
  const fixed = push('Mended again', balance('source'))
  await eventually('the newer commit', () => sees(`in line with ${fixed}`))
  const said = lab.sh('lb1', 'cat /tmp/said')
  assert.match(said, new RegExp(`commit ${fixed} came, which goes first; so far: backend`))
  assert.match(said, new RegExp(`${bad} "Waits" and was rolled back`))
  assert.match(status(), new RegExp(`^applied +${fixed}`, 'm'))
  assert.not.match(status(), /^failing|^quarantine.*Waits/m)
})

step(
  'a package lock, a read-only /etc and a read-only state: said, and nothing left behind',
  async () => {
    repo.write('roles/own/tasks/main.yml', '- name: A package\n  package: {name: [sl]}\n')
    repo.write(
      balancers,
      repo.read(balancers).replace('  - keepalived\n', '  - keepalived\n  - own\n'),
    )
    repo.push('A package')
    lab.sh('git', `git -c 'safe.directory=*' -C /srv/git/config.git branch package main`)
    lab.sh('lb2', 'echo "branch: package" >> /etc/evenkeel/agent.yml')
    // dpkg's locks are those of fcntl, which flock(1) does not take
    lab.sh(
      'lb2',
      `systemd-run -q --unit=holder perl -MFcntl -e 'my $lock = pack("s s l! l! i", F_WRLCK, 0, 0, 0, 0); open(F, ">", "/var/lib/dpkg/lock-frontend"); fcntl(F, F_SETLK, $lock) or die; open(G, ">", "/run/held"); sleep 600'`,
    )
    await eventually('the lock', () => lab.exec('lb2', 'test', '-e', '/run/held').code === 0)
    // The second at once, within the pause of a minute
    const waiting = lab.start(
      'lb2',
      'for run in first second; do evenkeel converge --scheduled; echo "$run ended with $?"; done',
    )

    const untouched = snapshot(lab)
    push('For a read-only node', balance('first'))
    lab.sh('lb1', 'mount --bind /etc /etc && mount -o remount,bind,ro /etc')
    ends(
      scheduled(),
      3,
      /haproxy\.cfg: the file system is read-only \(EROFS/,
      /fault is this node's/,
    )
    ends(scheduled(), 5, /The next try is after/, /stays in force/)
    lab.sh('lb1', 'umount /etc')
    assert.is(snapshot(lab), untouched)
    lab.sh('lb1', 'mount --bind /var/lib/evenkeel /var/lib/evenkeel')
    lab.sh('lb1', 'mount -o remount,bind,ro /var/lib/evenkeel')
    ends(scheduled(), 1, /the file system is read-only \(EROFS/)
    ends(converge(), 1, /the file system is read-only \(EROFS/)
    lab.sh('lb1', 'umount /var/lib/evenkeel')
    assert.is(snapshot(lab), untouched)
    assert.is(leftovers(lab), '')

    const said = await waiting.stop()
    assert.match(said, /the package lock is held by perl/)
    assert.match(said, /fault is this node's[^]*first ended with 1/)
    assert.match(said, /The next try is after[^]*second ended with 5/)
    assert.is(leftovers(lab, 'lb2'), '')
  },
)

step(
  'once the cause is gone and the pause is over, both are tried again by themselves',
  async () => {
    lab.sh('lb2', 'systemctl stop holder')
    for (const node of ['lb1', 'lb2']) {
      await eventually(`${node} converges`, () => scheduled(node).code === 0, 240)
      assert.not.match(status(node), /^failing/m)
    }
    lab.sh('lb2', 'dpkg -s sl')
    assert.match(status(), /^applied .*For a read-only node/m)
  },
)

check('a reload that fails with the old configuration, too, is no fault of a commit', () => {
  const before = lab.sh('lb1', 'md5sum /etc/haproxy/haproxy.cfg')
  breakReload()
  push('While nothing reloads', balance('random'))
  for (let time = 0; time < 3; time++) {
    ends(converge(), 1, /"systemctl reload" failed/, /fault is this node's/)
    assert.is(lab.sh('lb1', 'md5sum /etc/haproxy/haproxy.cfg'), before)
  }
  ends(scheduled(), 5, /The next try is after/)
  mendReload()
  ends(converge(), 0)
  assert.is(leftovers(lab), '')
})

check('drift whose repair fails is left alone for a while', () => {
  breakReload()
  lab.sh('lb1', 'sed -i s/8000/7000/ /etc/haproxy/haproxy.cfg')
  ends(scheduled(), 1, /"systemctl reload" failed/, /The next try is after/)
  const before = reloads()
  ends(scheduled(), 5, /was left alone/)
  assert.is(reloads(), before)
  assert.match(status(), /^drift +from .*reload/m)
  mendReload()
  ends(converge(), 0)
  assert.not.match(status(), /^drift/m)
})

function stat(): string {
  return lab.sh('lb1', 'echo "show stat" | socat - UNIX-CONNECT:/run/haproxy/admin.sock')
}

function breakReload(): void {
  lab.sh(
    'lb1',
    `mkdir -p ${badUnit.replace(/[^/]*$/, '')}
     printf '[Service]\\nExecReload=\\nExecReload=/bin/false\\n' > ${badUnit}
     systemctl daemon-reload`,
  )
}

function mendReload(): void {
  lab.sh('lb1', `rm ${badUnit} && systemctl daemon-reload`)
}

run()
