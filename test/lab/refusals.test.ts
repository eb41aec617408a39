/** What must be refused, on a converged node: a clear message, the right exit code, and nothing touched. */
import * as assert from 'uvu/assert'
import { createConfigRepo } from './config-repo.ts'
import type { ConfigRepo } from './config-repo.ts'
import { bootLab, configureAgent, installNodes } from './lab.ts'
import { createSteps } from './steps.ts'

const lab = bootLab('--nodes', 'lb1,lb2,git')
const repo = createConfigRepo(lab)
const { before, after, step, check, run } = createSteps('refusals')
const balancers = 'inventory/group_vars/loadbalancers.yml'
let good = ''

/** Everything that a refused commit must leave alone. */
function snapshot(): string {
  return lab.sh(
    'lb1',
    `find /etc -type f -newer /etc/hostname -exec md5sum {} + 2>/dev/null | sort -k 2
     stat -c '%a %U %G %Y %n' /etc/haproxy/haproxy.cfg /etc/keepalived/keepalived.conf
     iptables-save | grep -v '^[#:]'; ip6tables-save | grep -v '^[#:]'
     systemctl show -p Id,ActiveState,MainPID,StateChangeTimestamp haproxy keepalived rsyslog
     sysctl -a 2>/dev/null | grep -E '^net\\.(ipv4\\.(ip_|tcp_)|core)' | grep -v tcp_available`,
  )
}

/** One bad commit (or bad node): how it is made, what is said, and the exit code. */
interface Refusal {
  readonly what: string
  readonly make: (repo: ConfigRepo) => void
  readonly says: RegExp
  readonly code: number
}

/** Shows what was said, where uvu's `match` hides it. */
function says(text: string, expected: RegExp): void {
  assert.ok(expected.test(text), `${expected} in\n${text}`)
}

const refuse = (what: string, make: Refusal['make'], expected: RegExp): Refusal => ({
  what,
  make,
  says: expected,
  code: 4,
})

/** Adds lines to the load balancers' variables; YAML refuses a second key, so they must be new ones. */
const add = (repo: ConfigRepo, lines: string): void =>
  repo.write(balancers, `${repo.read(balancers)}\n${lines}\n`)
/** A role of the repo's own with one tasks file. */
const role = (repo: ConfigRepo, tasks: string): void => {
  repo.write('roles/own/tasks/main.yml', tasks)
  repo.replace(balancers, '  - keepalived\n', '  - keepalived\n  - own\n')
}

const refusals: readonly Refusal[] = [
  refuse(
    'broken YAML',
    (repo) => repo.write('inventory/host_vars/lb1.yml', 'a: [1\nb: 2\n'),
    /inventory\/host_vars\/lb1\.yml:\d+: /,
  ),
  refuse(
    'a duplicate key',
    (repo) => repo.write('inventory/host_vars/lb1.yml', 'a: 1\nb: 2\na: 3\n'),
    /inventory\/host_vars\/lb1\.yml:3 a: /,
  ),
  refuse(
    'an unknown key of a task',
    (repo) => role(repo, '- name: A\n  copy: {dest: /etc/a, content: a}\n  notfy: x\n'),
    /roles\/own\/tasks\/main\.yml:3 notfy: unknown key of a task; did you mean "notify"\?/,
  ),
  refuse(
    'an unknown role',
    (repo) => repo.replace(balancers, '  - keepalived\n', '  - keepalivd\n'),
    /group_vars\/loadbalancers\.yml:\d+ roles.*: no role "keepalivd"; did you mean "keepalived"\?/,
  ),
  refuse(
    'a missing variable',
    (repo) => role(repo, '- name: A\n  copy: {dest: /etc/a, content: "{{gone}}"}\n'),
    /roles\/own\/tasks\/main\.yml:2 copy\.content: not defined/,
  ),
  refuse(
    'a wrong type of an argument',
    (repo) => repo.write('inventory/host_vars/lb1.yml', 'x: 1\nhaproxy_nofile: high\n'),
    /inventory\/host_vars\/lb1\.yml:2 haproxy_nofile: expected a whole number, got "high"/,
  ),
  refuse(
    'a map printed in a template',
    (repo) => {
      role(repo, '- name: A\n  template: {src: a.hbs, dest: /etc/a}\n')
      repo.write('roles/own/templates/a.hbs', 'one\n{{haproxy_global}}\n')
    },
    /roles\/own\/templates\/a\.hbs:2 \{\{haproxy_global\}\}: expected text, got a map/,
  ),
  refuse(
    'Jinja in a value that is used',
    (repo) => repo.write('inventory/host_vars/lb1.yml', "haproxy_nofile: '{{ 9 | int }}'\n"),
    /inventory\/host_vars\/lb1\.yml:1 haproxy_nofile: Jinja filter "\| int"/,
  ),
  refuse(
    'a haproxy.cfg that haproxy refuses',
    (repo) => repo.replace(balancers, 'balance: roundrobin', 'balance: roundrobbin'),
    /haproxy -Ws -c .*refuses the new \/etc\/haproxy\/haproxy\.cfg[^]*roundrobbin/,
  ),
  refuse(
    'a keepalived.conf that keepalived refuses',
    (repo) => add(repo, 'keepalived_extra: "frobnicate yes"'),
    /check-config.*refuses the new \/etc\/keepalived\/keepalived\.conf[^]*frobnicate/,
  ),
  refuse(
    'an empty keepalived.conf',
    (repo) => {
      role(repo, '- name: A\n  copy: {dest: /etc/keepalived/keepalived.conf, content: ""}\n')
      repo.replace(balancers, '  - keepalived\n', '')
    },
    /roles\/own\/tasks\/main\.yml:2 .*\[no-vrrp-instance\]/,
  ),
  refuse(
    'a bad firewall rule',
    (repo) => add(repo, "iptables_rules: ['-p tcp --dport 70000 -j ACCEPT']"),
    /70000/,
  ),
  refuse(
    'an unknown kernel setting',
    (repo) =>
      repo.replace(balancers, 'net.ipv4.tcp_fin_timeout: 30', 'net.ipv4.tcp_fin_timeot: 30'),
    /net\.ipv4\.tcp_fin_timeot/,
  ),
  refuse(
    'a firewall that drops VRRP',
    (repo) => {
      repo.write('inventory/host_vars/lb1.yml', 'iptables_rules: ["-p vrrp -j DROP"]\n')
    },
    /VRRP[^]*\[firewall-drops\]/,
  ),
  refuse(
    'a firewall that drops ssh',
    (repo) => repo.write('inventory/host_vars/lb1.yml', 'iptables_ssh_from: []\n'),
    /ssh[^]*\[firewall-drops\]/,
  ),
  refuse(
    'a peer that is the node itself',
    (repo) => {
      const own = lab.address('lb1')
      repo.replace(
        'inventory/hosts.yml',
        `ansible_host: ${lab.address('lb2')}`,
        `ansible_host: ${own}`,
      )
    },
    /\[peer-is-self\]/,
  ),
  refuse(
    'equal priorities',
    (repo) =>
      repo.replace(
        'inventory/group_vars/master_master.yml',
        'hosts: [lb1, lb2] #',
        'hosts: [lb1, lb2]\n    priorities: [100, 100] #',
      ),
    /\[equal-priorities\]/,
  ),
  refuse(
    'a host that is not in the inventory',
    (repo) => {
      const text = repo.read('inventory/hosts.yml')
      repo.write('inventory/hosts.yml', text.replace(/ +lb1:\n +ansible_host: .*\n/, ''))
      repo.write('inventory/group_vars/master_master.yml', 'keepalived_instances: []\n')
    },
    /inventory\/hosts\.yml: no host "lb1", .*Hosts: lb2/,
  ),
]

before(async () => {
  repo.push('The sample')
  await installNodes(lab, ['lb1', 'lb2'], repo.url)
})
after(() => lab.down())

step('a repo that cannot be reached on the first run', () => {
  configureAgent(lab, 'lb1', 'ssh://git@git/srv/git/nowhere.git')
  const { code, stdout, stderr } = lab.exec('lb1', 'evenkeel', 'converge')
  assert.is(code, 1)
  says(stdout + stderr, /config repo ssh:\/\/git@git\/srv\/git\/nowhere\.git: /)
  assert.is(lab.exec('lb1', 'test', '-e', '/etc/haproxy').code, 1)
  configureAgent(lab, 'lb1', repo.url)
})

step('the sample converges', () => {
  good = repo.push('The sample')
  const { code, stdout } = lab.exec('lb1', 'evenkeel', 'converge')
  assert.is(code, 0, stdout)
})

for (const { what, make, says: expected, code } of refusals) {
  check(what, () => {
    make(repo)
    repo.push(what)
    const untouched = snapshot()
    const ended = lab.exec('lb1', 'evenkeel', 'converge')
    repo.restore(good)
    repo.push('Back to good')
    says(ended.stdout, expected)
    says(ended.stdout, /The commit was refused; nothing of it touched this node/)
    assert.is(ended.code, code, ended.stdout)
    assert.is(snapshot(), untouched)
  })
}

step('after each of them, the good commit is in sync', () => {
  const { code, stdout } = lab.exec('lb1', 'evenkeel', 'converge')
  assert.is(code, 0, stdout)
  says(stdout, /is in sync/)
})

step('two hosts that this node could be', () => {
  lab.sh(
    'lb1',
    "sed -i '/^node:/d' /etc/evenkeel/agent.yml; cp /etc/hosts /root/; echo 192.0.2.1 lb2.example.com lb1 > /etc/hosts; cat /root/hosts >> /etc/hosts",
  )
  repo.replace(
    'inventory/hosts.yml',
    '        lb2:\n',
    '        lb2.example.com: {ansible_host: 192.0.2.9}\n        lb2:\n',
  )
  repo.push('A second name')
  const { code, stdout } = lab.exec('lb1', 'evenkeel', 'converge')
  assert.is(code, 64, stdout)
  says(stdout, /this node could be lb2\.example\.com or lb1: set node: in agent\.yml/)
  lab.sh('lb1', 'cp /root/hosts /etc/hosts')
  configureAgent(lab, 'lb1', repo.url)
  repo.restore(good)
  repo.push('Back to good')
})

step('a wrong type in agent.yml', () => {
  const untouched = snapshot()
  lab.sh('lb1', "echo 'timeout: soon' >> /etc/evenkeel/agent.yml")
  const { code, stdout } = lab.exec('lb1', 'evenkeel', 'converge')
  assert.is(code, 64)
  says(stdout, /\/etc\/evenkeel\/agent\.yml:3 timeout: expected a number of seconds .*, got "soon"/)
  configureAgent(lab, 'lb1', repo.url)
  assert.is(snapshot().replace(/.*agent\.yml\n/, ''), untouched.replace(/.*agent\.yml\n/, ''))
})

step('not root', () => {
  const { code, stderr } = lab.exec('lb1', 'setpriv', '--reuid=nobody', 'evenkeel', 'converge')
  assert.is(code, 64)
  says(stderr, /must run as root/)
})

step('another run has the lock', () => {
  const { code, stdout } = lab.exec(
    'lb1',
    'sh',
    '-c',
    'flock --nonblock /run/evenkeel/lock sh -c "evenkeel converge; exit \\$?"',
  )
  assert.is(code, 5, stdout)
  says(stdout, /has the lock \/run\/evenkeel\/lock/)
})

step('a lock whose holder was killed is free', () => {
  lab.exec('lb1', 'timeout', '-s', 'KILL', '0.5', 'flock', '/run/evenkeel/lock', 'sleep', '100')
  lab.sh('lb1', 'pkill -KILL -x sleep || true')
  assert.is(lab.exec('lb1', 'evenkeel', 'converge').code, 0)
})

step('wrong usage', () => {
  for (const words of [['frob'], ['converge', '--frob'], ['inventory'], ['converge', '-e', 'x']]) {
    assert.is(lab.exec('lb1', 'evenkeel', ...words).code, 64, words.join(' '))
  }
})

run()
