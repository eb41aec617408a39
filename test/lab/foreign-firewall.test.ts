/**
 * Firewalls of others beside ours, on a real pair: ufw and fail2ban as Debian has them, Docker's chains, and a
 * chain that people write. VIP1 answers all the time.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { createConfigRepo } from './config-repo.ts'
import { eventually } from './eventually.ts'
import { bootLab, changed, evenkeel, installNodes, pushRuntime } from './lab.ts'
import { createSteps } from './steps.ts'
import { installClient, startTraffic } from './traffic.ts'
import type { Traffic } from './traffic.ts'

const lab = bootLab('--nodes', 'lb1,lb2,web1,git')
const repo = createConfigRepo(lab)
const vip = lab.address('vip1')
const site = 'www.example.com'
const balancers = 'inventory/group_vars/loadbalancers.yml'
const { after, step, run } = createSteps('foreign firewalls')

const ours = '-m comment --comment evenkeel -j EVENKEEL-IN'
/** As the boot has it: the loader puts our jump first. */
const putOursFirst = `iptables -D INPUT ${ours}; iptables -I INPUT 1 ${ours}`

/** The rules of INPUT on lb1. */
function input(): readonly string[] {
  const lines = lab.sh('lb1', 'iptables -S INPUT').split('\n')
  return lines.filter((line) => line.startsWith('-A')).map((line) => line.replace('-A INPUT ', ''))
}

function answers(): boolean {
  const curl = `curl -s -o /dev/null -w '%{http_code}' -m 2 -H 'Host: ${site}' http://${vip}/`
  return lab.exec('git', 'sh', '-c', curl).stdout === '200'
}

/** Asks VIP1 while something happens; every request counts. */
async function underTraffic(action: () => void): Promise<Traffic> {
  const visitors = { url: `http://${vip}/`, sites: [site], interval: 20 }
  const traffic = startTraffic(lab, 'git', visitors)
  await sleep(1000)
  action()
  await sleep(2000)
  return traffic.stop()
}

/** Converges lb1 while VIP1 is asked, and once more: nothing is lost, and nothing is left to do. */
async function convergeServing(
  expected: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  const { ok, failed, failures } = await underTraffic(() => {
    const report = evenkeel(lab, 'lb1', 'converge')
    assert.is(report.exitCode, 0, report.message)
    assert.equal(changed(report), expected)
  })
  assert.ok(ok > 50, `${ok} requests`)
  assert.is(failed, 0, failures.join('\n'))
  assert.equal(changed(evenkeel(lab, 'lb1', 'converge')), {})
}

const moved = { 'iptables filter EVENKEEL-IN': ['jump (ipv4)'] }
const movedBoth = { 'iptables filter EVENKEEL-IN': ['jump (ipv4)', 'jump (ipv6)'] }

step('the pair serves, and lb1 has the programs', async () => {
  installClient(lab, 'git')
  pushRuntime(lab, 'web1')
  lab.push('web1', join(import.meta.dirname, 'web-server.mjs'), '/root/web-server.mjs')
  lab.sh('web1', 'systemd-run /root/node /root/web-server.mjs web1 80')
  repo.push('The sample')
  await installNodes(lab, ['lb1', 'lb2'], repo.url)
  for (const node of ['lb1', 'lb2']) {
    const report = evenkeel(lab, node, 'converge')
    assert.is(report.exitCode, 0, report.message)
  }
  await eventually('VIP1 on lb1', () => lab.sh('lb1', 'ip -br address').includes(`${vip}/`))
  await eventually('VIP1 answers', answers)
  lab.sh(
    'lb1',
    'apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq ufw fail2ban python3-systemd',
  )
})

after(() => lab.down())

step('a chain that logs and drops, at the end of INPUT, stays behind ours', async () => {
  lab.sh(
    'lb1',
    `iptables -N LOGGING; iptables -A INPUT -j LOGGING
     iptables -A LOGGING -m limit --limit 2/min -j LOG --log-prefix "IPTables-Dropped: "
     iptables -A LOGGING -j DROP`,
  )
  await convergeServing({})
  assert.equal(input(), [ours, '-j LOGGING'])
  lab.sh('lb1', 'iptables -D INPUT -j LOGGING; iptables -F LOGGING; iptables -X LOGGING')
})

step('ufw that denies is asked before ours', async () => {
  await underTraffic(() => lab.sh('lb1', 'ufw allow 22/tcp && ufw --force enable'))
  assert.is(input()[0], ours)
  await convergeServing(movedBoth)
  assert.equal(input().slice(0, 5), [
    '-j ufw-before-logging-input',
    '-j ufw-before-input',
    '-j ufw-after-input',
    ours,
    '-j ufw-after-logging-input',
  ])
})

step('ufw that rejects does not shut out what ours lets in', async () => {
  const { failed } = await underTraffic(() => lab.sh('lb1', 'ufw default reject'))
  assert.is(failed, 0)
  assert.match(lab.sh('lb1', 'iptables -S ufw-reject-input'), /-j REJECT/)
  await convergeServing({})
  lab.sh('lb1', putOursFirst)
  await convergeServing(moved)
  assert.is(input()[3], ours)
})

step('our jump behind the rejects is brought back before them', () => {
  lab.sh('lb1', `iptables -A INPUT ${ours}; iptables -D INPUT 4`)
  assert.is(answers(), false)
  const plan = lab.exec('lb1', 'evenkeel', 'plan').stdout
  assert.match(
    plan,
    /"-j ufw-reject-input" comes first, and packets that it decides on skip our rules/,
  )
  assert.is(evenkeel(lab, 'lb1', 'converge').exitCode, 0)
  assert.is(input()[3], ours)
})

step('what ufw denies and ours lets in stays so, and is told', async () => {
  lab.sh('lb1', `${putOursFirst}; ufw deny 80/tcp`)
  await convergeServing({})
  assert.is(input()[0], ours)
  const { stdout } = lab.exec('lb1', 'evenkeel', 'converge')
  assert.match(
    stdout,
    /note: "-j ufw-before-input" stays behind our rules: .*--dport 80 .*in ufw-user-input\)/,
  )
  lab.sh('lb1', 'ufw delete deny 80/tcp')
  await convergeServing(moved)
})

step("fail2ban's chain and Docker's are asked before ours, and their rules stay", async () => {
  lab.sh(
    'lb1',
    `printf '[DEFAULT]\\nbackend = systemd\\n[sshd]\\nenabled = true\\n' > /etc/fail2ban/jail.d/lab.local
     systemctl restart fail2ban
     for _ in 1 2 3 4 5 6 7 8 9 10; do fail2ban-client ping >/dev/null 2>&1 && break; sleep 1; done
     fail2ban-client set sshd banip 203.0.113.9`,
  )
  await eventually('the ban', () => lab.exec('lb1', 'iptables', '-S', 'f2b-sshd').code === 0)
  lab.sh(
    'lb1',
    `iptables -N DOCKER-USER; iptables -A DOCKER-USER -s 198.51.100.0/24 -j DROP; iptables -A DOCKER-USER -j RETURN
     iptables -I FORWARD 1 -j DOCKER-USER
     iptables -N f2b-http; iptables -A f2b-http -s 203.0.113.10 -j REJECT; iptables -A f2b-http -j RETURN
     iptables -D INPUT ${ours}; iptables -I INPUT 1 ${ours}
     iptables -A INPUT -p tcp -m multiport --dports 80,443 -j f2b-http`,
  )
  const foreign = (): string =>
    lab.sh('lb1', 'iptables-save -t filter | grep -v "EVENKEEL-IN\\|^[#:]"')
  const rules = foreign()
  await convergeServing(moved)
  assert.is(foreign(), rules)
  const order = input()
  const place = (jump: string): number => order.findIndex((rule) => rule.endsWith(`-j ${jump}`))
  assert.ok(place('f2b-sshd') < place('EVENKEEL-IN'), order.join('\n'))
  assert.ok(place('EVENKEEL-IN') < place('ufw-reject-input'), order.join('\n'))
})

step('after a boot the pair serves, and one run puts the order right', async () => {
  lab.command('reboot', 'lb1')
  await eventually('VIP1 on lb1', () => lab.sh('lb1', 'ip -br address').includes(`${vip}/`))
  await eventually('ufw and fail2ban', () => {
    return lab.exec('lb1', 'systemctl', 'is-active', 'ufw', 'fail2ban').code === 0
  })
  await convergeServing(movedBoth)
  const order = input()
  assert.is(order.indexOf(ours), order.indexOf('-j ufw-after-input') + 1, order.join('\n'))
})

step('a commit that leaves the VIP to the rejects of ufw is rolled back', async () => {
  repo.write(
    balancers,
    `${repo.read(balancers)}\niptables_default: return\niptables_haproxy_from: []\n`,
  )
  repo.push('Leave the ports to ufw')
  const report = evenkeel(lab, 'lb1', 'converge')
  assert.is(report.exitCode, 3, report.message)
  assert.match(
    JSON.stringify(report),
    /the firewall now drops every new connection to .* on .*ufw-reject-input/,
  )
  assert.match(lab.sh('lb1', 'iptables -S EVENKEEL-IN'), /--dport 80 /)
  await eventually('VIP1 answers', answers)
})

run()
