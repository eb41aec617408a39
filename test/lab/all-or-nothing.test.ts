/** Commits that pass every validator and break service, and nodes that fail on the way: all or nothing. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { createConfigRepo } from './config-repo.ts'
import type { ConfigRepo } from './config-repo.ts'
import { eventually } from './eventually.ts'
import { bootLab, installNodes, pushRuntime } from './lab.ts'
import type { Ended } from './lab.ts'
import { snapshot as takeSnapshot } from './snapshot.ts'
import { createSteps } from './steps.ts'
import { installClient, startTraffic } from './traffic.ts'

const lab = bootLab('--nodes', 'lb1,lb2,web1,git')
const repo = createConfigRepo(lab)
const { before, after, step, check, run } = createSteps('all or nothing')
const balancers = 'inventory/group_vars/loadbalancers.yml'
const vip1 = lab.address('vip1')
const converge = (node = 'lb1'): Ended => lab.exec(node, 'evenkeel', 'converge')
let good = ''

const snapshot = (): string => takeSnapshot(lab)

function says(text: string, expected: RegExp): void {
  assert.ok(expected.test(text), `${expected} in\n${text}`)
}

/** Commits something, tries it on lb1 under traffic, and goes back to the good commit. */
async function attempt(
  what: string,
  make: (repo: ConfigRepo) => void,
): Promise<{ readonly ended: Ended; readonly failed: number }> {
  make(repo)
  repo.push(what)
  const visitors = { url: `http://${vip1}/`, sites: ['www.example.com'], interval: 20 }
  const traffic = startTraffic(lab, 'git', visitors)
  const ended = converge()
  const { failed } = await traffic.stop()
  repo.restore(good)
  return { ended, failed }
}

/**
 * A role that drops packets in front of everything else. No evaluator of rules can judge the match, since
 * every packet has some length.
 */
const drop = (repo: ConfigRepo, rule: string): void => {
  repo.write(
    'roles/own/tasks/main.yml',
    `- name: Drop
  iptables: {table: raw, parent: PREROUTING, chain: OWN-RAW, family: ipv4, rules: ["${rule} -m length --length 0:65535 -j DROP"]}
`,
  )
  repo.replace(balancers, '  - keepalived\n', '  - keepalived\n  - own\n')
}
const add = (repo: ConfigRepo, lines: string): void =>
  repo.write(balancers, `${repo.read(balancers)}\n${lines}\n`)

before(async () => {
  repo.push('The sample')
  await installNodes(lab, ['lb1', 'lb2'], repo.url)
  installClient(lab, 'git')
  pushRuntime(lab, 'web1')
  lab.push('web1', join(import.meta.dirname, 'web-server.mjs'), '/root/web-server.mjs')
  lab.sh('web1', 'systemd-run /root/node /root/web-server.mjs web1 80')
})
after(() => lab.down())

step(
  'a first run without peer, without servers, without remote: it converges, with warnings',
  () => {
    good = repo.push('The sample')
    lab.sh('lb1', `git clone -q ${repo.url} /root/config`)
    lab.command('stop', 'git')
    lab.command('stop', 'lb2')
    lab.command('stop', 'web1')
    const { code, stdout } = lab.exec('lb1', 'evenkeel', 'converge', '-i', '/root/config')
    assert.is(code, 0, stdout)
    says(stdout, /warning: .*web-server/)
    for (const node of ['git', 'lb2', 'web1']) lab.command('start', node)
    lab.sh('web1', 'systemd-run /root/node /root/web-server.mjs web1 80')
  },
)

step('the pair converges', async () => {
  for (const node of ['lb1', 'lb2']) assert.is(converge(node).code, 0, node)
  const ask = (): boolean =>
    lab.exec('git', 'curl', '-sf', '-m', '1', '-H', 'Host: www.example.com', `http://${vip1}/`)
      .code === 0
  lab.sh('git', 'apt-get install -y -qq curl')
  await eventually('the site answers', ask)
})

check('all servers at a dead port: undone by the gate', async () => {
  const untouched = snapshot()
  const { ended } = await attempt('Dead servers', (repo) =>
    repo.write(
      balancers,
      repo.read(balancers).replaceAll('        port: 80\n', '        port: 9\n'),
    ),
  )
  assert.is(ended.code, 3, ended.stdout)
  says(ended.stdout, /web-server/)
  says(ended.stdout, /rolled back/)
  assert.is(snapshot(), untouched)
})

check('a firewall that cuts off the VRRP of the peer: undone by the gate', async () => {
  const untouched = snapshot()
  const peer = lab.address('lb2')
  const { ended, failed } = await attempt('No VRRP', (repo) => drop(repo, `-p 112 -s ${peer}`))
  assert.is(ended.code, 3, ended.stdout)
  says(ended.stdout, /VI_2/)
  assert.is(snapshot(), untouched)
  assert.is(failed, 0)
})

check('a firewall that cuts off the Git remote: undone by the gate', async () => {
  const untouched = snapshot()
  const remote = lab.address('git')
  const { ended } = await attempt('No remote', (repo) =>
    drop(repo, `-p tcp --sport 22 -s ${remote}`),
  )
  assert.is(ended.code, 3, ended.stdout)
  says(ended.stdout, /remote|git/)
  assert.is(snapshot(), untouched)
})

for (const [what, make, expected] of [
  [
    'a chroot that is missing',
    (repo: ConfigRepo) =>
      repo.replace(balancers, '  maxconn: 8000\n', '  maxconn: 8000\n  chroot: /nowhere\n'),
    /\/nowhere/,
  ],
  [
    'a port that another process holds',
    (repo: ConfigRepo) =>
      repo.replace(balancers, '      - port: 80 #', '      - port: 8081\n      - port: 80 #'),
    /8081.*python3/,
  ],
  [
    'more connections than the node has files for',
    (repo: ConfigRepo) => repo.replace(balancers, 'maxconn: 8000', 'maxconn: 60000'),
    /files/,
  ],
] as const) {
  check(`${what}: refused before anything is touched`, async () => {
    lab.sh(
      'lb1',
      'systemd-run --unit=holder python3 -m http.server 8081 >/dev/null 2>&1 || apt-get install -y -qq python3-minimal',
    )
    lab.sh(
      'lb1',
      'systemctl is-active holder || systemd-run --unit=holder python3 -m http.server 8081',
    )
    await eventually('it holds the port', () => lab.sh('lb1', 'ss -Hltn sport = :8081') !== '')
    const untouched = snapshot()
    const { ended, failed } = await attempt(what, make)
    lab.sh('lb1', 'systemctl stop holder || true')
    assert.is(ended.code, 4, ended.stdout)
    says(ended.stdout, expected)
    assert.is(snapshot(), untouched)
    assert.is(failed, 0)
  })
}

check('a validator that hangs: refused, and nothing is touched', async () => {
  const untouched = snapshot()
  const { ended } = await attempt('Hang', (repo) => {
    repo.write(
      'roles/own/tasks/main.yml',
      "- name: A\n  copy: {dest: /etc/a, content: a, validate: [sleep, '300']}\n",
    )
    repo.replace(balancers, '  - keepalived\n', '  - keepalived\n  - own\n')
  })
  assert.is(ended.code, 4, ended.stdout)
  says(ended.stdout, /did not answer in time/)
  assert.is(snapshot(), untouched)
})

check('a service that fails to start: everything else is taken back, too', async () => {
  const untouched = snapshot()
  const { ended } = await attempt('Bad unit', (repo) => {
    repo.write(
      'roles/own/tasks/main.yml',
      `- name: Unit
  copy: {dest: /etc/systemd/system/own.service, content: "[Service]\\nExecStart=/bin/false\\nType=oneshot\\n"}
- name: Start
  service: {name: own, state: started}
`,
    )
    repo.replace(balancers, 'tcp_fin_timeout: 30', 'tcp_fin_timeout: 31')
    repo.replace(balancers, '  - keepalived\n', '  - keepalived\n  - own\n')
  })
  assert.is(ended.code, 3, ended.stdout)
  says(ended.stdout, /own\.service/)
  assert.is(snapshot(), untouched)
})

check('a full disk: said, and nothing is touched', async () => {
  const untouched = snapshot()
  lab.sh(
    'lb1',
    'mount -t tmpfs -o size=4k tmpfs /var/lib/evenkeel/journal 2>/dev/null || { mkdir -p /var/lib/evenkeel/journal; mount -t tmpfs -o size=4k tmpfs /var/lib/evenkeel/journal; }',
  )
  const { ended } = await attempt('Full', (repo) =>
    repo.replace(balancers, 'balance: roundrobin', 'balance: leastconn'),
  )
  lab.sh('lb1', 'umount /var/lib/evenkeel/journal')
  assert.is(ended.code, 1, ended.stdout)
  says(ended.stdout, /ENOSPC|no space/i)
  assert.is(snapshot(), untouched)
})

check(
  'a certificate and an error page are validated together with the haproxy.cfg that names them',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'evenkeel-cert-'))
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')]
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-subj',
        '/CN=www.example.com',
        '-days',
        '2',
        '-keyout',
        key,
        '-out',
        cert,
      ],
      { stdio: 'ignore' },
    )
    const pem = `${readFileSync(cert, 'utf8')}${readFileSync(key, 'utf8')}`
    rmSync(folder, { recursive: true })
    const indented = pem
      .trim()
      .split('\n')
      .map((line) => `      ${line}`)
      .join('\n')
    add(
      repo,
      `haproxy_files:\n  - dest: /etc/haproxy/site.pem\n    content: |\n${indented}\n  - dest: /etc/haproxy/503.http\n    secret: no\n    content: "HTTP/1.0 503 Busy\\r\\n\\r\\nbusy\\n"`,
    )
    repo.replace(
      balancers,
      '      - port: 80 #',
      '      - {port: 443, ssl: true, crt: [/etc/haproxy/site.pem]}\n      - port: 80 #',
    )
    repo.replace(
      balancers,
      'haproxy_defaults:\n',
      'haproxy_defaults:\n  extra: errorfile 503 /etc/haproxy/503.http\n',
    )
    repo.push('TLS')
    const { code, stdout } = converge()
    assert.is(code, 0, stdout)
    const answer = lab.sh(
      'git',
      `curl -sk -m 2 -H 'Host: www.example.com' https://${lab.address('lb1')}/`,
    )
    assert.is(answer, 'web1')
    repo.restore(good)
    repo.push('Back to good')
    assert.is(converge().code, 0)
  },
)

run()
