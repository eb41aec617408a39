/** Two real nodes, converged from a real Git remote: the main job from bare Debian to pruning. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { createConfigRepo } from './config-repo.ts'
import { eventually } from './eventually.ts'
import { bootLab, changed, evenkeel, installNodes, pushRuntime } from './lab.ts'
import { createSteps } from './steps.ts'
import { installClient, startTraffic } from './traffic.ts'
import type { Traffic } from './traffic.ts'

const lab = bootLab('--nodes', 'lb1,lb2,web1,git', '--release', 'lb2=trixie')
const repo = createConfigRepo(lab)
const vip1 = lab.address('vip1')
const vip2 = lab.address('vip2')
const balancers = ['lb1', 'lb2'] as const
const site = 'www.example.com'
const { before, after, step, run } = createSteps('two nodes')

/** Who holds an address, by the interfaces of both. */
function holders(address: string): readonly string[] {
  return balancers.filter((node) => lab.sh(node, 'ip -br address').includes(`${address}/`))
}

function statusOf(address: string): string {
  const curl = `curl -s -o /dev/null -w '%{http_code}' -m 2 -H 'Host: ${site}' http://${address}/`
  return lab.exec('git', 'sh', '-c', curl).stdout
}

/** Asks through VIP1 while something happens; every request counts. */
async function underTraffic(action: () => void): Promise<Traffic> {
  const traffic = startTraffic(lab, 'git', { url: `http://${vip1}/`, sites: [site], interval: 10 })
  await sleep(1000)
  action()
  await sleep(2000)
  return traffic.stop()
}

const pidOf = (node: string, unit: string): string =>
  lab.sh(node, `systemctl show -p MainPID --value ${unit}`)

before(async () => {
  installClient(lab, 'git')
  pushRuntime(lab, 'web1')
  lab.push('web1', join(import.meta.dirname, 'web-server.mjs'), '/root/web-server.mjs')
  for (const [name, port] of [
    ['web1', 80],
    ['web3', 81],
  ] as const) {
    lab.sh('web1', `systemd-run /root/node /root/web-server.mjs ${name} ${port}`)
  }
  repo.write(
    'roles/extra/tasks/main.yml',
    `- name: A file\n  copy: {dest: /etc/extra.conf, content: "x\\n"}\n`,
  )
  repo.replace(
    'inventory/group_vars/loadbalancers.yml',
    '  - keepalived\n',
    '  - keepalived\n  - extra\n',
  )
  repo.replace(
    'inventory/group_vars/loadbalancers.yml',
    'net.ipv4.tcp_fin_timeout: 30',
    'net.ipv4.tcp_fin_timeout: 30\n  net.ipv4.tcp_keepalive_time: 300',
  )
  repo.push('The sample')
  await installNodes(lab, balancers, repo.url)
})

after(() => lab.down())

step('bare nodes converge, and each VIP is at home', async () => {
  for (const node of balancers) {
    const report = evenkeel(lab, node, 'converge')
    assert.is(report.exitCode, 0, report.message)
    assert.is(report.outcome, 'converged')
  }
  await eventually('VIP1 on lb1, VIP2 on lb2', () => {
    return holders(vip1).join() === 'lb1' && holders(vip2).join() === 'lb2'
  })
  await eventually('both VIPs answer', () => statusOf(vip1) === '200' && statusOf(vip2) === '200')
  for (const node of balancers) {
    assert.match(lab.sh(node, 'cat /var/log/haproxy.log'), /http-in/, 'the log fills')
    assert.is(lab.sh(node, 'sysctl -n net.ipv4.ip_nonlocal_bind'), '1')
    assert.match(lab.sh(node, 'iptables -S EVENKEEL-IN'), /-p (vrrp|112) /)
    assert.is(lab.sh(node, 'systemctl is-enabled haproxy keepalived rsyslog | sort -u'), 'enabled')
  }
})

step('the firewall lets in what it should and nothing else', () => {
  const knock = (port: number): string =>
    lab.exec('git', 'curl', '-s', '-m', '1', `http://${lab.address('lb1')}:${port}/`).code === 28
      ? 'dropped'
      : 'answered'
  assert.is(knock(80), 'answered')
  assert.is(knock(22), 'answered')
  assert.is(knock(8404), 'dropped')
})

step('a second run changes nothing and says so', () => {
  for (const node of balancers) {
    const before = lab.sh(
      node,
      'md5sum /etc/haproxy/* /etc/keepalived/* 2>/dev/null; iptables-save -t filter | grep -v "^[#:]"',
    )
    const { code, stdout } = lab.exec(node, 'evenkeel', 'converge', '--detailed-exitcodes')
    assert.is(code, 0, stdout)
    assert.match(stdout, /changed=0 failed=0/)
    assert.match(
      stdout,
      new RegExp(`${node} is in sync with \\w{8} "The sample"; nothing to do\\.`),
    )
    assert.is(lab.exec(node, 'evenkeel', 'plan').code, 0)
    assert.is(
      lab.sh(
        node,
        'md5sum /etc/haproxy/* /etc/keepalived/* 2>/dev/null; iptables-save -t filter | grep -v "^[#:]"',
      ),
      before,
    )
  }
})

step('what was changed by hand is listed exactly, repaired, and foreign rules stay', async () => {
  lab.sh(
    'lb1',
    `set -e
     echo '# by hand' >> /etc/haproxy/haproxy.cfg
     echo '# by hand' >> /etc/keepalived/keepalived.conf
     chmod 666 /etc/keepalived/keepalived.conf
     iptables -N f2b-sshd; iptables -A f2b-sshd -s 203.0.113.9/32 -j DROP; iptables -A f2b-sshd -j RETURN
     iptables -I INPUT 1 -p tcp -j f2b-sshd
     iptables -A EVENKEEL-IN -p tcp --dport 9999 -j ACCEPT
     sysctl -q -w net.core.somaxconn=128
     echo 'net.ipv4.tcp_fin_timeout = 77' > /etc/sysctl.d/zzz-later.conf
     systemctl stop rsyslog syslog.socket
     systemctl disable -q haproxy`,
  )
  const { code, stdout } = lab.exec('lb1', 'evenkeel', 'plan', '--diff')
  assert.is(code, 2, stdout)
  const listed = [...stdout.matchAll(/^changed: (.*?)(?: \(\d+ ms\))?$/gm)].map(([, id]) =>
    id?.replace(/^sysctl .*/, 'sysctl'),
  )
  assert.equal(listed.sort(), [
    'file /etc/haproxy/haproxy.cfg',
    'file /etc/keepalived/keepalived.conf',
    'iptables filter EVENKEEL-IN',
    'service haproxy.service',
    'service keepalived.service',
    'service rsyslog.service',
    'sysctl',
    'sysctl',
  ])
  for (const line of [
    '-# by hand',
    'mode: 0666 → 0600',
    '--dport 9999',
    'net.core.somaxconn: 128 → 16384',
    '/etc/sysctl.d/zzz-later.conf:1',
    'enabled: disabled → enabled',
    'state: stopped → started',
  ]) {
    assert.ok(stdout.includes(line), `${line} in\n${stdout}`)
  }

  const report = evenkeel(lab, 'lb1', 'converge')
  assert.is(report.exitCode, 0, report.message)
  assert.is(lab.exec('lb1', 'evenkeel', 'plan').code, 0)
  const input = lab.sh('lb1', 'iptables -S INPUT')
  assert.ok(input.indexOf('f2b-sshd') < input.indexOf('EVENKEEL-IN'), input)
  assert.match(lab.sh('lb1', 'iptables -S f2b-sshd'), /203\.0\.113\.9/)
})

step('a wrong mode or owner of haproxy.cfg is repaired, and haproxy does not notice', () => {
  const path = '/etc/haproxy/haproxy.cfg'
  const show = (): string => lab.sh('lb1', `stat -c '%a %U:%G %.3Y' ${path}`)
  const info = (): string =>
    lab.sh(
      'lb1',
      `echo 'show info' | socat - /run/haproxy/admin.sock | grep ^Pid:
       echo 'show proc' | socat - /run/haproxy-master.sock | awk '$2 ~ /master|worker/ { print $1, $2, $3 }'`,
    )
  const before = { file: show(), haproxy: info() }
  for (const damage of [`chmod 666 ${path}`, `chown haproxy:root ${path}`]) {
    lab.sh('lb1', damage)
    const report = evenkeel(lab, 'lb1', 'converge')
    assert.is(report.exitCode, 0, report.message)
    assert.equal(Object.keys(changed(report)), [`file ${path}`], damage)
    assert.equal({ file: show(), haproxy: info() }, before, damage)
  }
})

step('a chain that is flushed, or whose rules were moved, is put back', () => {
  const before = lab.sh('lb1', 'iptables -S EVENKEEL-IN')
  for (const damage of [
    'iptables -F EVENKEEL-IN',
    'iptables -D EVENKEEL-IN 1; iptables -A EVENKEEL-IN -i lo -j ACCEPT',
    "iptables -D INPUT $(iptables -L INPUT -n --line-numbers | awk '/EVENKEEL-IN/ {print $1}')",
  ]) {
    lab.sh('lb1', damage)
    const { code, stdout } = lab.exec('lb1', 'evenkeel', 'plan', '--diff')
    assert.is(code, 2, stdout)
    assert.is(evenkeel(lab, 'lb1', 'converge').exitCode, 0, damage)
    assert.is(lab.sh('lb1', 'iptables -S EVENKEEL-IN'), before, damage)
    assert.match(lab.sh('lb1', 'iptables -S INPUT'), /-j EVENKEEL-IN/, damage)
  }
})

step('haproxy that runs another configuration is found and brought back', () => {
  lab.sh(
    'lb1',
    `sed 's/setenv EVENKEEL_FINGERPRINT .*/setenv EVENKEEL_FINGERPRINT 0/' /etc/haproxy/haproxy.cfg > /root/other.cfg
     cp -p /etc/default/haproxy /root/default
     echo CONFIG=/root/other.cfg >> /etc/default/haproxy; systemctl restart haproxy
     mv /root/default /etc/default/haproxy`,
  )
  const report = evenkeel(lab, 'lb1', 'plan')
  assert.equal(changed(report), { 'service haproxy.service': ['fingerprint'] })
  assert.is(evenkeel(lab, 'lb1', 'converge').exitCode, 0)
  assert.match(
    lab.sh('lb1', 'tr "\\0" " " < /proc/$(systemctl show -p MainPID --value haproxy)/cmdline'),
    /-f \/etc\/haproxy\/haproxy\.cfg/,
  )
})

step('a stray haproxy that shares our ports is found and ended', () => {
  lab.sh(
    'lb1',
    'sed "s#/run/haproxy/#/run/other-#g" /etc/haproxy/haproxy.cfg > /root/stray.cfg; haproxy -D -f /root/stray.cfg',
  )
  const report = evenkeel(lab, 'lb1', 'plan')
  assert.equal(changed(report), { 'service haproxy.service': ['process'] })
  assert.is(evenkeel(lab, 'lb1', 'converge').exitCode, 0)
  assert.not.match(lab.sh('lb1', 'ps -eo args'), /stray\.cfg/)
})

step('a new server: haproxy.cfg alone changes, a reload, and no failed request', async () => {
  const file = 'inventory/group_vars/loadbalancers.yml'
  repo.replace(
    file,
    '      - name: web2\n',
    `      - name: web3\n        address: ${lab.address('web1')}\n        port: 81\n        cookie: web3\n      - name: web2\n`,
  )
  repo.push('Add web3')
  const pid = pidOf('lb1', 'haproxy')
  let report = evenkeel(lab, 'lb1', 'plan')
  assert.equal(Object.keys(changed(report)), ['file /etc/haproxy/haproxy.cfg'])
  const { ok, failed } = await underTraffic(() => {
    report = evenkeel(lab, 'lb1', 'converge')
  })
  assert.is(report.exitCode, 0, report.message)
  assert.equal(Object.keys(changed(report)), [
    'file /etc/haproxy/haproxy.cfg',
    'service haproxy.service reloaded',
  ])
  assert.is(pidOf('lb1', 'haproxy'), pid, 'the master lives on')
  assert.ok(ok > 100, `${ok} requests`)
  assert.is(failed, 0)
  assert.is(evenkeel(lab, 'lb2', 'converge').exitCode, 0)
})

step('a setting and a file that the repo no longer names are pruned', () => {
  assert.is(lab.sh('lb1', 'sysctl -n net.ipv4.tcp_keepalive_time'), '300')
  repo.replace('inventory/group_vars/loadbalancers.yml', '\n  net.ipv4.tcp_keepalive_time: 300', '')
  repo.replace('inventory/group_vars/loadbalancers.yml', '  - extra\n', '')
  repo.remove('roles/extra')
  repo.push('Drop what nobody needs')
  const { stdout } = lab.exec('lb1', 'evenkeel', 'plan')
  assert.match(stdout, /REMOVE \[no longer in the config repo\]/)
  assert.match(stdout, /\/etc\/extra\.conf/)
  assert.is(evenkeel(lab, 'lb1', 'converge').exitCode, 0)
  assert.is(lab.exec('lb1', 'test', '-e', '/etc/extra.conf').code, 1)
  assert.is(lab.sh('lb1', 'sysctl -n net.ipv4.tcp_keepalive_time'), '7200')
  assert.is(lab.exec('lb1', 'grep', '-r', 'keepalive_time', '/etc/sysctl.d').code, 1)
  assert.is(lab.exec('lb1', 'evenkeel', 'plan').code, 0)
})

step('with the remote out of reach, the last good release stays enforced', () => {
  lab.command('stop', 'git')
  lab.sh('lb1', "echo '# by hand' >> /etc/haproxy/haproxy.cfg")
  const { code, stdout } = lab.exec('lb1', 'evenkeel', 'converge')
  assert.is(code, 0, stdout)
  assert.match(
    stdout,
    /warning: config repo \S+: .*; \w{8} "Drop what nobody needs" stays in force/,
  )
  assert.match(stdout, /lb1 was brought in line with \w{8} "Drop what nobody needs"/)
  assert.is(lab.exec('lb1', 'grep', '-c', 'by hand', '/etc/haproxy/haproxy.cfg').code, 1)
  lab.command('start', 'git')
})

step('both rebooted without the agent: the pair serves again by itself', async () => {
  for (const node of balancers)
    lab.sh(node, 'mv /usr/local/bin/evenkeel /root/; mv /opt/evenkeel /opt/away')
  for (const node of balancers) lab.command('reboot', node)
  await eventually('each VIP at home', () => {
    return holders(vip1).join() === 'lb1' && holders(vip2).join() === 'lb2'
  })
  await eventually('both VIPs answer', () => statusOf(vip1) === '200' && statusOf(vip2) === '200')
  for (const node of balancers) {
    assert.match(lab.sh(node, 'iptables -S INPUT'), /-j EVENKEEL-IN/)
    assert.is(lab.sh(node, 'sysctl -n net.core.somaxconn'), '16384')
  }
})

run()
