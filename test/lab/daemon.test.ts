/** The daemon on a real node: hand edits, storms, a remote that is away, signals, kills, the control socket. */
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { createConfigRepo } from './config-repo.ts'
import { eventually } from './eventually.ts'
import { bootLab, installNodes } from './lab.ts'
import { createSteps } from './steps.ts'

const lab = bootLab('--nodes', 'lb1,git')
const repo = createConfigRepo(lab)
const { before, after, step, check, run } = createSteps('daemon')
const balancers = 'inventory/group_vars/loadbalancers.yml'
const config = '/etc/haproxy/haproxy.cfg'

interface Status {
  readonly daemon: {
    readonly pid: number
    readonly inHand: { readonly phase: string | null } | null
    readonly lastDrift: {
      readonly resources: readonly string[]
      readonly isRepaired: boolean
    } | null
  } | null
  readonly applied: { readonly commit: string } | null
}

const sh = (script: string): string => lab.sh('lb1', script)
const status = (): Status => JSON.parse(sh('evenkeel status --json')) as Status

interface Past {
  readonly mode: string
  readonly outcome: string
}

/** Runs that did something, the oldest first. */
const past = (): readonly Past[] =>
  (JSON.parse(sh('evenkeel history --json -n 1000')) as Past[]).filter(
    ({ mode, outcome }) => mode === 'converge' && outcome !== 'in-sync',
  )

/** What the file has to be like: text, mode, owner. */
const seen = (): string => sh(`md5sum < ${config}; stat -c '%a %U %G' ${config}`)
let good = ''
const isGood = (): boolean => lab.exec('lb1', 'test', '-e', config).code === 0 && seen() === good

/**
 * No run is in hand, and none was for long enough that the next edit is not taken for more of the last one: what
 * changes again at once is repaired after a pause (agent/daemon/loop/drift-pause.ts).
 */
async function settled(): Promise<void> {
  await eventually('no run is in hand', () => status().daemon?.inHand === null)
  await sleep(1_500)
}

/** Commits a role whose last task waits for {@link letGo}, on each node once. @returns the commit */
function pushSlow(name: string): string {
  sh('rm -f /run/go')
  repo.write(
    'roles/slow/tasks/main.yml',
    `- name: A file before
  copy: {dest: /etc/slow, content: "${name}\\n"}
- name: Slow
  command: {argv: [sh, -c, 'until test -e /run/go; do sleep 0.1; done; touch /run/${name}'], creates: /run/${name}}
`,
  )
  return repo.push(name)
}

const isAtWork = (name: string): boolean => sh('cat /etc/slow || true') === name
const letGo = (): string => sh('touch /run/go')

before(async () => {
  repo.replace(balancers, '  - keepalived\n', '  - keepalived\n  - slow\n')
  repo.write('roles/slow/tasks/main.yml', '[]\n')
  repo.push('The sample')
  await installNodes(lab, ['lb1'], repo.url)
  // Runs are those that the steps are about: one by schedule would take a commit before whoever asks for it.
  sh(`echo 'schedule: "0 0 1 1 *"' >> /etc/evenkeel/agent.yml`)
})
after(() => lab.down())

step('started, it converges, and whoever asks at once is told', () => {
  const script = 'systemctl enable -q --now evenkeel && exec evenkeel converge'
  const { code, stdout } = lab.exec('lb1', 'sh', '-c', script)
  assert.is(code, 0, stdout)
  assert.match(stdout, /RECAP \[lb1\] : ok=\d+ changed=\d+ failed=0/)
  // On a busy machine its own first run, which waits some seconds, may come before the one that is asked for
  assert.match(stdout, /lb1 (was brought in line|is in sync) with/)
  good = seen()
})

step('over its socket, exit codes are those of a run alone', async () => {
  await settled()
  assert.is(lab.exec('lb1', 'evenkeel', 'plan').code, 0)
  const { code, stdout } = lab.exec(
    'lb1',
    'evenkeel',
    'plan',
    '-e',
    'haproxy_nofile=4096',
    '--json',
  )
  assert.is(code, 2, stdout)
  assert.is((JSON.parse(stdout) as { exitCode: number }).exitCode, 2)
  assert.is(lab.exec('lb1', 'evenkeel', 'plan', '-e', 'roles=[nosuch]').code, 4)
  assert.is(lab.exec('lb1', 'flock', '/run/evenkeel/lock', 'evenkeel', 'converge').code, 5)
  assert.is(lab.exec('lb1', 'evenkeel', 'converge', '--tags').code, 64)
})

const edits: readonly (readonly [string, string])[] = [
  ['a line at its end', `echo '# by hand' >> ${config}`],
  [
    'an editor that renames',
    `sed 's/maxconn/# maxconn/' ${config} > ${config}.swp; mv ${config}.swp ${config}`,
  ],
  ['a truncation', `: > ${config}`],
  ['sed -i', `sed -i 's/roundrobin/leastconn/' ${config}`],
  ['a delete', `rm ${config}`],
  ['a chmod', `chmod 666 ${config}`],
]
for (const [what, edit] of edits) {
  step(`repaired: ${what}`, async () => {
    await settled()
    sh(edit)
    await eventually('it is as it was', isGood)
    await settled()
    assert.ok(status().daemon?.lastDrift?.resources.includes(`file ${config}`))
  })
}

check('temporary files of an editor alone cause no run', async () => {
  await settled()
  const count = past().length
  sh(
    `cd /etc/haproxy; for name in .haproxy.cfg.swp haproxy.cfg~ 4913; do echo x > $name; sleep 0.3; rm $name; done; sleep 1`,
  )
  assert.is(past().length, count)
})

check('a storm of 1,000 writes costs a few runs, and ends well', async () => {
  await settled()
  const count = past().length
  sh(`i=0; while [ $i -lt 1000 ]; do i=$((i + 1)); echo "# $i" >> ${config}; done`)
  await eventually('it is as it was', isGood)
  await settled()
  const runs = past().length - count
  assert.ok(runs >= 1 && runs <= 6, `${runs} runs`)
})

step(
  'the remote down throughout, the agent restarted twice: drift is repaired all the time',
  async () => {
    lab.command('stop', 'git')
    for (const how of [
      'none',
      'systemctl restart evenkeel',
      'kill -9 "$(systemctl show -p MainPID --value evenkeel)"',
    ]) {
      if (how !== 'none') {
        const { pid } = status().daemon ?? {}
        sh(how)
        await eventually('it is back', () => (status().daemon?.pid ?? pid) !== pid)
      }
      sh(`echo '# by hand' >> ${config}`)
      await eventually(`it is as it was (${how})`, isGood)
    }
    lab.command('start', 'git')
  },
)

step('whoever asked for a run may go away: it goes on', async () => {
  const commit = pushSlow('left')
  const client = lab.start(
    'lb1',
    'evenkeel converge > /run/said 2>&1 & echo $! > /run/client; wait $!; echo "ended with $?"; cat /run/said',
  )
  await eventually('it is at work', () => isAtWork('left'))
  sh('kill -INT $(cat /run/client)')
  const said = await client.stop()
  assert.match(said, /ended with 130/)
  assert.match(said, /the run goes on in the daemon/)
  letGo()
  await eventually('it has come to its end', () => status().applied?.commit === commit)
})

step('SIGTERM in mid-run: the run comes to its end, and so does the daemon', async () => {
  await settled()
  const commit = pushSlow('stopped')
  const client = lab.start('lb1', 'evenkeel converge 2>&1; echo "ended with $?"')
  await eventually('it is at work', () => isAtWork('stopped'))
  sh('systemctl stop --no-block evenkeel')
  const isStopping = (): boolean => sh('systemctl is-active evenkeel || true') === 'deactivating'
  await eventually('the daemon has the signal', isStopping)
  letGo()
  const said = await client.stop()
  assert.match(said, /ended with 0/, said)
  // Waits for the end that is on its way
  sh('systemctl stop evenkeel')
  assert.is(status().applied?.commit, commit)
  assert.is(status().daemon, null)
  assert.is(sh('systemctl show -p Result --value evenkeel'), 'success')
  assert.is(lab.exec('lb1', 'evenkeel', 'converge').code, 0, 'now alone')
  sh('systemctl start evenkeel')
})

step(
  'the process of a run killed in mid-run: told, taken back or finished, and converged',
  async () => {
    const commit = pushSlow('killed')
    const client = lab.start('lb1', 'evenkeel converge 2>&1; echo "ended with $?"')
    await eventually('it is at work', () => isAtWork('killed'))
    sh("kill -9 $(pgrep -f '[r]un-child')")
    const said = await client.stop()
    assert.match(said, /ended with 1/)
    assert.match(said, /has not come to its end: .*SIGKILL/)
    letGo()
    await eventually('the next run has done it', () => status().applied?.commit === commit)
  },
)

step('the daemon killed in mid-run: it comes back, and the node is in line', async () => {
  const commit = pushSlow('orphaned')
  const client = lab.start('lb1', 'evenkeel converge 2>&1; echo "ended with $?"')
  await eventually('it is at work', () => isAtWork('orphaned'))
  sh('kill -9 "$(systemctl show -p MainPID --value evenkeel)"')
  const said = await client.stop()
  assert.match(said, /the daemon ended before the run did/)
  assert.match(said, /ended with 1/)
  letGo()
  await eventually('the node is in line', () => status().applied?.commit === commit)
  await eventually('the daemon is back', () => status().daemon !== null)
})

check('SIGUSR1 asks for a run; a faulty agent.yml is told and has no effect', async () => {
  await settled()
  repo.write('roles/slow/tasks/main.yml', '[]\n')
  const commit = repo.push('Asked for')
  sh('systemctl kill -s USR1 --kill-whom=main evenkeel')
  await eventually('it is applied', () => status().applied?.commit === commit)

  sh(
    'cp /etc/evenkeel/agent.yml /root/; sed -i "s/^schedule: .*/schedule: hourly/" /etc/evenkeel/agent.yml; systemctl reload evenkeel',
  )
  await eventually('it is told', () =>
    /agent\.yml is wrong/.test(sh('journalctl -u evenkeel -p err -o cat')),
  )
  assert.is(sh('systemctl is-active evenkeel'), 'active')
  sh('cp /root/agent.yml /etc/evenkeel/; systemctl reload evenkeel')
})

step(
  'a firewall that is flushed is repaired at once; chains of others lead to no run',
  async () => {
    const rules = (): string => sh('iptables-save | grep -c -- EVENKEEL-IN || true')
    const whole = rules()
    for (const cut of ['iptables -F; iptables -P INPUT DROP', 'iptables -D INPUT 1']) {
      await settled()
      sh(cut)
      await eventually('it is as it was', () => rules() === whole, 40)
      await eventually('seen by itself', () =>
        /firewall changed by another hand/.test(sh('journalctl -u evenkeel --since -1min -o cat')),
      )
      sh('iptables -P INPUT ACCEPT')
    }
    await settled()
    const count = past().length
    sh('iptables -N others; iptables -A others -j DROP; iptables -F others; iptables -X others')
    await sleep(1_500)
    assert.is(past().length, count)
  },
)

step(
  'without a default route, and with the link down, drift is repaired all the same',
  async () => {
    for (const [cut, mend] of [
      ['ip route del default', 'networkctl reconfigure host0'],
      ['ip link set host0 down', 'ip link set host0 up'],
    ] as const) {
      await settled()
      sh(`${cut}; echo '# by hand' >> ${config}`)
      await eventually('it is as it was', isGood, 30)
      await settled()
      assert.match(sh('journalctl -u evenkeel -o cat'), 'this node has lost facts.default_ipv4')
      sh(mend)
      await eventually('the route is back', () => sh('ip route show default') !== '', 30)
    }
  },
)

step('an upgrade that somebody else does during a run restarts its services', async () => {
  await settled()
  const said =
    sh(`DEBIAN_FRONTEND=noninteractive apt-get install -y --reinstall keepalived > /run/said 2>&1 &
    while [ "$(dpkg-query -W -f '\${db:Status-Status}' keepalived)" = installed ]; do
      kill -0 $! || break; sleep 0.05
    done
    evenkeel converge; wait
    grep policy-rc.d /run/said; for pid in $(pidof keepalived); do readlink /proc/$pid/exe; done`)
  assert.match(said, /^\/usr\/sbin\/keepalived$/m, said)
  assert.not.match(said, /deleted|policy-rc/, said)
})

step(
  'started with a faulty agent.yml, it ends at once, says why, and is back once that is right',
  async () => {
    await settled()
    sh('cp /etc/evenkeel/agent.yml /root/; echo "repo: [" > /etc/evenkeel/agent.yml')
    assert.is(lab.exec('lb1', 'systemctl', 'restart', 'evenkeel').code, 1)
    const property = (name: string): string => sh(`systemctl show -p ${name} --value evenkeel`)
    await eventually('systemd tries again', () => Number(property('NRestarts')) >= 2, 30)
    // 0 while the next try is under way
    await eventually('it says 64', () => property('ExecMainStatus') === '64', 30)
    const reason = 'agent.yml:2: the [ that opens before this line never closes'
    await eventually('systemd knows why', () => property('StatusText').includes(reason), 30)
    assert.match(sh('evenkeel status'), reason)
    sh('cp /root/agent.yml /etc/evenkeel/')
    await eventually('it is back', () => status().daemon !== null, 30)
  },
)

run()
