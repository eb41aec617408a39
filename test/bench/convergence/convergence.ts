/**
 * How soon a node is as it should be, on a healthy pair of real nodes with the daemon: from a push to the end
 * of the run that applied it, and from a hand edit to its repair.
 * Usage: node --import tsx test/bench/convergence/convergence.ts [TRIES] [SLOW]
 * TRIES (20): edits, and pushes of each sort at a schedule of 2 s; SLOW (5): pushes at the default schedule.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createConfigRepo } from '../../lab/config-repo.ts'
import { bootLab, installNodes, pushRuntime } from '../../lab/lab.ts'

const tries = Number(process.argv[2] ?? 20)
const slowTries = Number(process.argv[3] ?? 5)
const balancers = 'inventory/group_vars/loadbalancers.yml'
const nodes = ['lb1', 'lb2']
const webServers = ['web1', 'web2']

const lab = bootLab('--nodes', [...nodes, ...webServers, 'git'].join(','))
const repo = createConfigRepo(lab)
repo.replace(balancers, '  - keepalived\n', '  - keepalived\n  - bench\n')
writeText('0')
const sample = repo.read(balancers)
repo.push('The sample')
await installNodes(lab, nodes, repo.url)
for (const node of webServers) {
  pushRuntime(lab, node)
  lab.push(node, join(import.meta.dirname, '../../lab/web-server.mjs'), '/root/web-server.mjs')
  lab.sh(node, `systemd-run /root/node /root/web-server.mjs ${node} 80`)
}
for (const node of nodes) {
  lab.push(node, join(import.meta.dirname, 'stopwatch.mjs'), '/root/stopwatch.mjs')
  lab.sh(node, 'systemctl start evenkeel; evenkeel converge')
}

const edits: number[] = []
for (let nth = 0; nth < tries; nth++) {
  await sleep(3_000)
  edits.push(Number(lab.sh('lb1', `${stopwatch()} edit /etc/haproxy/haproxy.cfg`)))
}
print('hand edit → repaired', edits)

await printPushes('a file, default schedule', slowTries, 60_000, writeText)
for (const node of nodes) {
  const schedule = `printf "schedule: '*/2 * * * * *'\\n" >> /etc/evenkeel/agent.yml`
  lab.sh(node, `${schedule}; systemctl reload evenkeel`)
}
await printPushes('a file, each 2 s', tries, 2_000, writeText)
await printPushes('a server of haproxy, each 2 s', tries, 2_000, writeServer)
lab.down()

/** At a time of its own within the gap of the schedule, as people push. */
async function printPushes(
  what: string,
  count: number,
  gap: number,
  write: (text: string) => void,
): Promise<void> {
  const times = new Map(nodes.map((node) => [node, [] as number[]]))
  for (let nth = 0; nth < count; nth++) {
    await sleep(((nth + 0.5) / count) * gap)
    write(`${what} ${nth}`)
    const commit = repo.push(`${what} ${nth}`)
    const pushed = Date.now()
    const wait = async (node: string): Promise<void> => {
      const applied = Number(await lab.start(node, `${stopwatch()} applied ${commit}`).stop())
      times.get(node)?.push(applied - pushed)
    }
    await Promise.all(nodes.map(wait))
  }
  for (const [node, found] of times) print(`push → converged, ${what}, ${node}`, found)
}

/** A file that no service reads. */
function writeText(text: string): void {
  const task = `copy: {dest: /etc/bench, content: "${text}\\n"}`
  repo.write('roles/bench/tasks/main.yml', `- name: A file\n  ${task}\n`)
}

/** One server more or, the next time, one less. */
function writeServer(): void {
  const last = '        cookie: web2\n'
  const more = `      - name: web3\n        address: '{{ hostvars.web2.ansible_host }}'\n        port: 80\n        cookie: web3\n`
  const isMore = repo.read(balancers) !== sample
  repo.write(balancers, isMore ? sample : sample.replace(last, `${last}${more}`))
}

function stopwatch(): string {
  return '/opt/evenkeel/bin/node /root/stopwatch.mjs'
}

function print(what: string, times: readonly number[]): void {
  if (times.length === 0) return
  const sorted = times.toSorted((one, other) => one - other)
  const at = (share: number): number =>
    Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  process.stdout.write(
    `${what}: median ${at(0.5)} ms, from ${at(0)} to ${at(1)} ms (${sorted.length} tries)\n`,
  )
}
