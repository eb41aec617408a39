/** install.sh on bare nodes of Debian 12 and 13: checks, interruptions, the first converge, the daemon. */
import * as assert from 'uvu/assert'
import { createConfigRepo } from './config-repo.ts'
import { eventually } from './eventually.ts'
import { bootLab, programFolder, pushProgram } from './lab.ts'
import type { Ended } from './lab.ts'
import { createSteps } from './steps.ts'

const lab = bootLab('--nodes', 'lb1,lb2,web1,git', '--release', 'lb2=trixie')
const repo = createConfigRepo(lab)
const { before, after, step, run } = createSteps('install.sh')
const balancers = ['lb1', 'lb2'] as const
const installer = `${programFolder}/install.sh`
/** All that install.sh makes, packages and the pinned host key apart. */
const made =
  '/opt/evenkeel* /usr/local/bin/evenkeel /etc/evenkeel /etc/tmpfiles.d/evenkeel.conf /etc/systemd/system/evenkeel.* /etc/systemd/system/evenkeel-recover.service /var/lib/evenkeel /var/cache/evenkeel'

function install(node: string, ...flags: readonly string[]): Ended {
  return lab.exec(node, installer, '--repo', repo.url, '--node', node, ...flags)
}

/** Runs it and expects that it ends with `code`. @returns all that it said */
function installed(node: string, code: number, ...flags: readonly string[]): string {
  const { code: got, stdout, stderr } = install(node, ...flags)
  assert.is(got, code, stdout + stderr)
  return stdout + stderr
}

/** With all that was said, should it not match. */
function says(said: string, pattern: RegExp): void {
  assert.ok(pattern.test(said), `${String(pattern)} in\n${said}`)
}

/** What it says when a check fails, one line a problem. */
function problems(node: string, ...flags: readonly string[]): readonly string[] {
  const said = installed(node, 1, ...flags)
  return [...said.matchAll(/^problem {2}(.*)$/gm)].map(([, problem = '']) => problem)
}

/** Files on the node's disk that were written since `since` ran. */
function writtenSince(node: string, ...folders: readonly string[]): string {
  const places = folders.length === 0 ? '/' : folders.join(' ')
  return lab.sh(
    node,
    `find ${places} -xdev -cnewer /run/since -not -path '/var/log/*' -not -path /run -not -path /tmp`,
  )
}

function since(node: string): void {
  // A file of the same instant is not newer.
  lab.sh(node, 'sleep 0.01; touch /run/since; sleep 0.01')
}

/** Ends the daemon on a node, so that its runs don't mix with what a test does. */
function pause(node: string): void {
  lab.sh(node, 'systemctl stop evenkeel')
}

function remove(node: string): void {
  lab.sh(
    node,
    `systemctl disable -q --now evenkeel evenkeel-recover 2>/dev/null; rm -rf ${made}; systemctl daemon-reload`,
  )
}

const exists = (node: string, path: string): boolean =>
  lab.exec(node, 'test', '-e', path).code === 0

/** Kills install.sh and all that it has started as soon as it says its nth step. @returns that step */
function killedAt(nth: number, node: string, ...flags: readonly string[]): string {
  const argv = [installer, '--repo', repo.url, '--node', node, ...flags].join(' ')
  return lab.sh(
    node,
    `setsid sh -c 'echo $$ > /run/pid; exec ${argv} 2>&1' | while read -r line; do
       case $line in doing*) steps=$((steps + 1)) ;; esac
       if [ "$steps" = ${nth} ]; then kill -9 -"$(cat /run/pid)"; echo "$line"; exit; fi
     done`,
  )
}

before(() => {
  repo.push('The sample')
  for (const node of [...balancers, 'web1']) pushProgram(lab, node)
  for (const node of balancers) {
    lab.sh(node, 'dpkg --purge curl 2>/dev/null')
    assert.is(lab.exec(node, 'sh', '-c', 'command -v git curl npm').stdout, '', 'a bare node')
  }
})

after(() => lab.down())

step('says what is missing on its command line', () => {
  for (const [words, message] of [
    ['', '--repo is missing'],
    [`--repo ${repo.url}`, '--node is missing'],
    ['--repo ftp://git/x --node lb1', 'write https://HOST/PATH, ssh://'],
    ['--repo /srv/git/x --node lb1 --deploy-key', 'is no ssh address'],
    ['--repo', '--repo needs a value'],
    ['--rebo x', 'unknown argument "--rebo"'],
  ] as const) {
    const { code, stderr } = lab.exec('lb1', 'sh', '-c', `${installer} ${words}`)
    assert.is(code, 64, stderr)
    assert.ok(stderr.includes(message), `${message} in ${stderr}`)
  }
})

step('a dry run says every step and touches nothing', () => {
  for (const node of balancers) {
    since(node)
    const said = installed(node, 0, '--dry-run', '--deploy-key')
    says(said, /^would {4}install git \(apt-get\)$/m)
    says(said, /^would {4}make the deploy key /m)
    says(said, /^would {4}converge /m)
    says(said, /Dry run: nothing on this node was touched/)
    assert.not.match(said, /^doing/m)
    assert.is(writtenSince(node), '')
    assert.is(lab.sh(node, 'find /run /tmp -name "evenkeel-*"'), '')
  }
})

step('problems of all kinds are shown at once, and nothing is touched', () => {
  lab.sh('lb1', 'mount -t tmpfs -o size=20m tmpfs /opt; touch /usr/local/bin/evenkeel')
  since('lb1')
  const said = installed('lb1', 1, '--repo', 'git@nowhere.invalid:x.git')
  for (const problem of [
    '/usr/local/bin/evenkeel is there and is not from install.sh',
    'the disk /opt has 20 MB free, and 140 MB are needed',
    'the name nowhere.invalid cannot be resolved',
  ]) {
    assert.ok(said.includes(`problem  ${problem}`), `${problem} in ${said}`)
  }
  says(said, /Nothing on this node was touched/)
  assert.is(writtenSince('lb1'), '')
  lab.sh('lb1', 'umount /opt; rm /usr/local/bin/evenkeel')
})

step('no root, no network, a wrong port, a wrong clock', () => {
  const nobody = lab.sh(
    'lb1',
    `cp -r /root/evenkeel /tmp/evenkeel; chmod -R a+rX /tmp/evenkeel
     runuser -u nobody -- /tmp/evenkeel/install.sh --repo ${repo.url} --node lb1 2>&1 || true; rm -r /tmp/evenkeel`,
  )
  says(nobody, /^problem {2}you are not root/m)

  lab.sh('lb1', 'ip link set host0 down')
  assert.equal(problems('lb1'), [
    "git, port 22: Network is unreachable. Check --repo, this node's network, and firewalls on the way",
  ])
  lab.sh('lb1', 'ip link set host0 up; networkctl reconfigure host0')
  lab.sh('lb1', 'until ip route get 192.0.2.1 2>/dev/null; do sleep 0.1; done')

  says(
    problems('lb1', '--repo', 'ssh://git@git:2222/srv/git/config.git')[0] ?? '',
    /^git, port 2222: Connection refused/,
  )

  lab.sh('lb1', 'cp /root/evenkeel/dist/built /root/; echo 2099-01-01 > /root/evenkeel/dist/built')
  says(problems('lb1')[0] ?? '', /^the clock says .*before this program was built/)
  lab.sh('lb1', 'mv /root/built /root/evenkeel/dist/built')
})

step('killed while apt-get works, and run again', () => {
  says(killedAt(1, 'lb2', '--no-start'), /install git/)
  assert.not(exists('lb2', '/opt/evenkeel'))
  installed('lb2', 0, '--no-start')
  assert.is(lab.sh('lb2', 'dpkg --audit'), '')
  assert.is(lab.sh('lb2', 'systemctl is-enabled evenkeel || true'), 'disabled')
  remove('lb2')
})

step('a repo, branch or node that is not there is told before anything is installed', () => {
  const nothing = '/srv/git/nothing.git'
  says(problems('lb1', '--repo', `ssh://git@git${nothing}`)[0] ?? '', /there is no such repo/)
  for (const [flags, message] of [
    [['--repo', `git@git:${nothing}`], /there is no such repo/],
    [['--branch', 'live'], /it has no branch "live"; it has main/],
    [['--node', 'lb9'], /no host "lb9".* or correct --node\. Hosts: lb1, lb2, web1, web2/],
  ] as const) {
    since('lb1')
    says(problems('lb1', ...flags).join(), message)
    assert.is(writtenSince('lb1'), '')
  }
})

step('an unknown host key is shown, and pinned only when it is accepted', () => {
  lab.sh('lb1', 'mv /root/.ssh/known_hosts /root/known_hosts')
  const print =
    lab.sh('git', 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub').split(' ')[1] ?? ''
  const said = installed('lb1', 1)
  says(said, /^problem {2}the ssh host key of git is not pinned/m)
  assert.ok(said.includes(print), said)
  assert.not(exists('lb1', '/root/.ssh/known_hosts'))

  assert.ok(installed('lb1', 0, '--no-start', '--accept-host-key').includes(print))
  const pinned = lab.sh('lb1', 'cut -d" " -f2- /root/.ssh/known_hosts')
  assert.ok(lab.sh('lb1', 'cat /root/known_hosts').includes(pinned), pinned)
  remove('lb1')
})

step('a disk that fills up stops it, and it says so; with room it goes on', () => {
  // As many files as this can't be told before: room there is enough.
  lab.sh('lb1', 'mount -t tmpfs -o nr_inodes=8 tmpfs /opt')
  const said = installed('lb1', 1, '--no-start')
  says(said, /No space left on device/)
  says(said, /Stopped at: install the program .*\n.*HALF INSTALLED/)
  assert.is(lab.sh('lb1', 'ls /opt'), '', 'nothing is left over')
  lab.sh('lb1', 'umount /opt')
  says(installed('lb1', 0, '--no-start'), /an earlier run of install.sh did not finish/)
  remove('lb1')
})

step('killed at each step and run again, it finishes; until then it says so', () => {
  const unfinished: string[] = []
  for (let nth = 1; ; nth++) {
    const killed = killedAt(nth, 'lb1', '--no-start')
    if (killed === '') break
    // The last step may be over before the signal comes.
    const isUnfinished = exists('lb1', '/etc/evenkeel/unfinished')
    if (isUnfinished) unfinished.push(killed)
    if (exists('lb1', '/usr/local/bin/evenkeel')) {
      const { stderr } = lab.exec('lb1', 'evenkeel', 'version')
      assert.is(/is not finished: run install.sh again/.test(stderr), isUnfinished, killed)
    }
    const said = installed('lb1', 0, '--no-start')
    assert.is(/an earlier run of install.sh did not finish/.test(said), isUnfinished, killed)
    assert.is(lab.exec('lb1', 'evenkeel', 'version').stderr, '')
    assert.is(lab.sh('lb1', 'ls -d /opt/* | wc -l'), '2', 'the program and the link to it')
    remove('lb1')
  }
  assert.ok(unfinished.length >= 7, unfinished.join('\n'))
})

step('a first converge that fails is passed on, and the daemon goes on trying', () => {
  const good = repo.push('Good')
  repo.replace('inventory/group_vars/loadbalancers.yml', 'roles:\n', 'roles:\n  - nosuch\n')
  repo.push('A role that is not there')
  const said = installed('lb1', 4)
  says(said, /The commit was refused; nothing of it touched this node/)
  says(said, /Evenkeel is installed, but the first converge ended with 4/)
  assert.is(lab.sh('lb1', 'systemctl is-active evenkeel'), 'active')
  // The next step is about the run that meets the good commit first
  pause('lb1')
  repo.restore(good)
  repo.push('Back')
})

step('a terminal that ends during the first converge does not end that', async () => {
  const said = lab.sh(
    'lb1',
    `setsid sh -c 'echo $$ > /run/pid; exec ${installer} 2>&1' | while read -r line; do
       echo "$line"
       case $line in *asking*) kill -HUP -"$(cat /run/pid)" ;; esac
     done`,
  )
  says(said, /its first run goes on in the daemon/)
  assert.not.match(said, /RECAP/)
  const isOver = (): boolean =>
    /last run +(converged|in-sync)/.test(lab.sh('lb1', 'evenkeel status'))
  await eventually('the run is over', isOver)
})

step(
  'bare Debian 13 and a real server are installed with one command, and see their report',
  async () => {
    const command = (node: string): string => `${installer} --repo ${repo.url} --node ${node} 2>&1`
    const [lb2 = '', web1 = ''] = await Promise.all(
      ['lb2', 'web1'].map((node) => lab.start(node, command(node)).stop()),
    )
    says(lb2, /ok {7}this is Debian 13\n/)
    says(lb2, /RECAP \[lb2\] : ok=\d+ changed=\d+ failed=0/)
    // The daemon's run of this minute may have come first
    says(lb2, /lb2 (was brought in line|is in sync) with/)
    says(lb2, /Evenkeel is installed: lb2 follows its config repo/)
    says(web1, /web1 (was brought in line|is in sync) with/)
  },
)

step(
  'haproxy and keepalived run with the drop-ins that were written before their first start',
  () => {
    for (const node of balancers) {
      pause(node)
      for (const unit of ['haproxy', 'keepalived']) {
        const times = lab.sh(
          node,
          `systemctl show -p DropInPaths,NeedDaemonReload ${unit}; evenkeel plan >/dev/null; echo $?`,
        )
        says(times, /DropInPaths=\/etc\/systemd\/system\//)
        says(times, /NeedDaemonReload=no/)
        says(times, /\n0$/)
      }
    }
  },
)

step('haproxy 2.6 and 3.0, keepalived 2.2 and 2.3: the mixed pair serves both VIPs', async () => {
  const version = (node: string): string =>
    lab.sh(node, 'haproxy -v | head -n 1; keepalived -v 2>&1 | head -n 1')
  says(version('lb1'), /version 2\.6\.[^]*Keepalived v2\.2\./)
  says(version('lb2'), /version 3\.0\.[^]*Keepalived v2\.3\./)
  const serves = (vip: string): boolean => {
    const curl = `curl -s -m 2 -H 'Host: www.example.com' http://${lab.address(vip)}/`
    return lab.exec('git', 'sh', '-c', curl).stdout.startsWith('web1')
  }
  const holders = (vip: string): string =>
    balancers
      .filter((node) => lab.sh(node, 'ip -br address').includes(`${lab.address(vip)}/`))
      .join()
  await eventually('each VIP at home', () => holders('vip1') === 'lb1' && holders('vip2') === 'lb2')
  await eventually('both VIPs serve', () => serves('vip1') && serves('vip2'))
  for (const [home, peer, vip] of [
    ['lb1', 'lb2', 'vip1'],
    ['lb2', 'lb1', 'vip2'],
  ] as const) {
    lab.sh(home, 'systemctl stop keepalived')
    await eventually(`${vip} on ${peer}`, () => holders(vip) === peer && serves(vip))
    lab.sh(home, 'systemctl start keepalived')
    await eventually(`${vip} on ${home}`, () => holders(vip) === home && serves(vip))
  }
})

step('a second run changes nothing', () => {
  for (const node of [...balancers, 'web1']) {
    lab.sh(node, 'systemctl start evenkeel')
    since(node)
    const said = installed(node, 0)
    assert.equal(said.match(/^doing.*$/gm), ['doing    converge (evenkeel converge)'])
    says(said, /is in sync with \w{8} "Back"; nothing to do/)
    assert.is(writtenSince(node, '/etc', '/opt', '/usr', '/root'), '')
  }
})

step("the daemon runs at a time of this node's own, and comes back when it dies", async () => {
  const daemon = (): { pid: number; nextRun: string } | null =>
    (
      JSON.parse(lab.sh('lb1', 'evenkeel status --json')) as {
        daemon: { pid: number; nextRun: string } | null
      }
    ).daemon
  const second = (): number => new Date(daemon()?.nextRun ?? 0).getUTCSeconds()
  const before = { second: second(), pid: daemon()?.pid }
  lab.sh('lb1', 'kill -9 "$(systemctl show -p MainPID --value evenkeel)"')
  await eventually('it is back', () => (daemon()?.pid ?? before.pid) !== before.pid)
  // A slot that is met late is as late as that
  const apart = Math.abs(second() - before.second)
  assert.ok(Math.min(apart, 60 - apart) <= 1, 'the splay is always the same')
})

step('a run that is held says so, and is no failure of the daemon', () => {
  const { code, stdout } = lab.exec('lb1', 'flock', '/run/evenkeel/lock', 'evenkeel', 'converge')
  assert.is(code, 5, stdout)
  assert.is(lab.sh('lb1', 'systemctl is-active evenkeel'), 'active')
})

step('the timer of an older version goes', () => {
  lab.sh(
    'lb1',
    `printf '[Timer]\\nOnCalendar=hourly\\n[Install]\\nWantedBy=timers.target\\n' > /etc/systemd/system/evenkeel.timer
     systemctl daemon-reload; systemctl enable -q --now evenkeel.timer`,
  )
  says(installed('lb1', 0), /^doing {4}remove evenkeel\.timer, whose place the daemon takes$/m)
  assert.is(lab.exec('lb1', 'systemctl', 'is-active', 'evenkeel.timer').stdout.trim(), 'inactive')
  assert.is(lab.sh('lb1', 'find /etc/systemd -name "evenkeel.timer"'), '')
})

step('an upgrade takes the place of the old program in one step', () => {
  const folder = (): string => lab.sh('lb1', 'readlink /opt/evenkeel')
  const old = folder()
  lab.sh('lb1', 'echo "// newer" >> /root/evenkeel/dist/evenkeel.mjs')
  const said = installed('lb1', 0)
  says(said, /^doing {4}install the program/m)
  says(said, new RegExp(`^doing {4}remove /opt/${old}, which is older`, 'm'))
  assert.is.not(folder(), old)
  const running = 'readlink "/proc/$(systemctl show -p MainPID --value evenkeel)/exe"'
  assert.is(lab.sh('lb1', running), `/opt/${folder()}/bin/node`)
  assert.not(exists('lb1', `/opt/${old}`))
})

step('agent.yml changes as far as the flags say', () => {
  lab.sh('git', 'runuser -u git -- git -C /srv/git/config.git branch live main')
  lab.sh('lb1', "printf '# Ours\\ntimeout: 30 # s\\n' >> /etc/evenkeel/agent.yml")
  const dry = installed('lb1', 0, '--branch', 'live', '--dry-run')
  says(dry, /^would {4}write \/etc\/evenkeel\/agent\.yml \(branch: nothing → live\)$/m)
  says(installed('lb1', 0, '--branch', 'live'), /^doing {4}have the daemon read agent\.yml again$/m)
  const config = lab.sh('lb1', 'cat /etc/evenkeel/agent.yml')
  says(config, /^# Ours\ntimeout: 30 # s\nbranch: 'live'$/m)
  // Without flags it goes by what agent.yml says.
  const said = lab.sh('lb1', installer)
  says(said, /live of .* is at .* with lb1 in its inventory/)
  says(installed('lb1', 1, '--node', 'lb8', '--branch', 'main'), /no host "lb8"/)
  assert.is(lab.sh('lb1', 'cat /etc/evenkeel/agent.yml'), config)
})

step('agent.yml is for root alone, and never wider than somebody has made it', () => {
  const mode = (): string => lab.sh('lb1', 'stat -c %a /etc/evenkeel/agent.yml')
  assert.is(mode(), '600')
  for (const [before, after] of [
    ['644', '600'],
    ['400', '400'],
  ] as const) {
    lab.sh('lb1', `chmod ${before} /etc/evenkeel/agent.yml`)
    installed('lb1', 0)
    assert.is(mode(), after)
  }
  lab.sh('lb1', 'chmod 600 /etc/evenkeel/agent.yml')
})

step('a deploy key is made once, shown, and the only one that is used', () => {
  const said = installed('lb2', 1, '--deploy-key')
  const key = lab.sh('lb2', 'cat /etc/evenkeel/deploy_key.pub')
  assert.ok(said.includes(key), said)
  says(said, /git denies access/)
  says(said, /may not be registered yet/)
  assert.is(lab.sh('lb2', 'stat -c %a /etc/evenkeel/deploy_key'), '600')

  lab.sh('git', `echo '${key}' >> /etc/ssh/git_authorized_keys`)
  lab.sh('lb2', 'rm /root/.ssh/id_ed25519')
  installed('lb2', 0, '--deploy-key')
  assert.is(lab.sh('lb2', 'cat /etc/evenkeel/deploy_key.pub'), key)
  assert.is(lab.exec('lb2', 'evenkeel', 'check-repo').code, 0)
})

run()
