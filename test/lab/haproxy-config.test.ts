/** What haproxy listens on by its own rules, on a real node: no gate and no watch takes it for deaf. */
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { createConfigRepo } from './config-repo.ts'
import { eventually } from './eventually.ts'
import { bootLab, installNodes } from './lab.ts'
import { createSteps } from './steps.ts'

const lab = bootLab('--nodes', 'lb1,git')
const repo = createConfigRepo(lab)
const { before, after, step, run } = createSteps('what haproxy listens on')
const balancers = 'inventory/group_vars/loadbalancers.yml'

interface Status {
  readonly daemon: { readonly watch: { readonly haproxy: string } | null } | null
}

const sh = (script: string): string => lab.sh('lb1', script)
const verdict = (): string | undefined =>
  (JSON.parse(sh('evenkeel status --json')) as Status).daemon?.watch?.haproxy
/** Monitoring's line, which comes from the same eyes as the watch's verdict. */
const checked = (): string => lab.exec('lb1', 'evenkeel', 'check-haproxy').stdout
/** Ports on which haproxy listens for TCP. */
const ports = (): string =>
  sh(`ss -Hlntp | grep '"haproxy"' | awk '{ sub(/.*:/, "", $4); print $4 }' | sort -nu | xargs`)
const starts = (): number =>
  Number(sh(`journalctl -q -o cat -u haproxy _PID=1 | grep -c '^Started '; true`))

/** Commits what is to be added to the inventory, and brings it onto the node. */
function apply(subject: string, lines: string): void {
  repo.write(balancers, `${repo.read(balancers)}\n${lines}\n`)
  const commit = repo.push(subject)
  const { code, stdout } = lab.exec('lb1', 'evenkeel', 'converge')
  assert.is(code, 0, stdout)
  assert.match(sh('evenkeel status'), new RegExp(`applied +${commit.slice(0, 8)}`))
}

/** Longer than the watch takes for a verdict: two misses, a second apart. */
async function staysUp(): Promise<void> {
  const before = starts()
  await sleep(4_000)
  assert.is(verdict(), 'up')
  assert.match(checked(), /^HAPROXY OK/)
  assert.is(starts(), before)
  assert.is(sh('cat /run/evenkeel-vrrp/fault').split(' ')[0], '0')
}

before(async () => {
  repo.push('The sample')
  await installNodes(lab, ['lb1'], repo.url)
})
after(() => lab.down())

step('the node converges, and its agent watches haproxy', async () => {
  const { code, stdout } = lab.exec('lb1', 'evenkeel', 'converge')
  assert.is(code, 0, stdout)
  sh(`echo 'schedule: "0 0 1 1 *"' >> /etc/evenkeel/agent.yml; systemctl start evenkeel`)
  await eventually('the watch calls it up', () => verdict() === 'up', 60)
  assert.is(ports(), '80 8404')
})

step('a frontend with "disabled" above its bind is applied, and listens to nothing', async () => {
  apply(
    'A frontend for later',
    `haproxy_raw_sections:
  - section: frontend later
    content: |
      disabled
      bind :8080
      default_backend web-server`,
  )
  assert.is(ports(), '80 8404')
  await staysUp()
})

step('so are peers, conditions, quotes and listen sections', async () => {
  apply(
    'All that haproxy knows',
    `  - section: peers others
    content: |
      disabled
      peer lb1 127.0.0.1:1024
  - section: peers balancers
    content: |
      bind 127.0.0.1:1025
      server lb1
  - section: frontend quoted
    content: |
      bind ":8081" name "a # b"
      default_backend web-server
  - section: frontend conditional
    content: |
      .if version_atleast(99)
      bind :8082
      .elif feature(NO_SUCH_THING)
      bind :8083
      .else
      bind ":8084"
      .endif
      default_backend web-server
  - section: listen by-itself
    content: |
      bind 127.0.0.1:8085,127.0.0.1:8086-8087
      server web1 127.0.0.1:80
  - section: listen off
    content: |
      bind :8088
      disabled`,
  )
  assert.is(ports(), '80 1025 8081 8084 8085 8086 8087 8404')
  await staysUp()
})

step('further files of the command line count like the first', async () => {
  apply(
    'Several files',
    `haproxy_options: -f /etc/haproxy/more.cfg -f /etc/haproxy/conf.d/
haproxy_files:
  - dest: /etc/haproxy/more.cfg
    content: |
      defaults off
        mode http
        timeout client 5s
        disabled
      frontend more from off
        bind :8091
        enabled
  - dest: /etc/haproxy/conf.d/10-off.cfg
    content: |
      frontend ten from off
        bind :8092
  - dest: /etc/haproxy/conf.d/20-on.cfg
    content: |
      frontend twenty from off
        enabled
        bind :8093
  - dest: /etc/haproxy/conf.d/30-not-read.conf
    content: |
      frontend thirty
        bind :8094`,
  )
  assert.is(ports(), '80 1025 8081 8084 8085 8086 8087 8091 8093 8404')
  await staysUp()
})

step('an address of any of them that is closed is seen', () => {
  const ask = (command: string): string =>
    sh(`echo '${command} frontend twenty' | socat - UNIX-CONNECT:/run/haproxy/admin.sock`)
  ask('disable')
  assert.match(checked(), /^HAPROXY WARNING .* does not listen on :8093 /)
  ask('enable')
  assert.match(checked(), /^HAPROXY OK/)
})

run()
