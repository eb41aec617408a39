/**
 * How soon a node is as it should be, on a real node with the daemon: from a push to the end of the run, and
 * from a hand edit to its repair. Usage: node --import tsx test/bench/convergence/convergence.ts [TRIES] [SLOW]
 * TRIES (20): edits, and pushes at a schedule of 2 s; SLOW (5): pushes at the default schedule.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createConfigRepo } from '../../lab/config-repo.ts'
import { bootLab, installNodes } from '../../lab/lab.ts'

const tries = Number(process.argv[2] ?? 20)
const slowTries = Number(process.argv[3] ?? 5)
const balancers = 'inventory/group_vars/loadbalancers.yml'

const lab = bootLab('--nodes', 'lb1,git')
const repo = createConfigRepo(lab)
repo.replace(balancers, '  - keepalived\n', '  - keepalived\n  - bench\n')
pushText('0')
await installNodes(lab, ['lb1'], repo.url)
lab.push('lb1', join(import.meta.dirname, 'stopwatch.mjs'), '/root/stopwatch.mjs')
lab.sh('lb1', 'systemctl start evenkeel; evenkeel converge')

const edits: number[] = []
for (let nth = 0; nth < tries; nth++) {
  await sleep(3_000)
  edits.push(Number(lab.sh('lb1', `${stopwatch()} edit /etc/haproxy/haproxy.cfg`)))
}
print('hand edit → repaired', edits)

await printPushes('push → converged, default schedule', slowTries, 60_000)
lab.sh(
  'lb1',
  `printf "schedule: '*/2 * * * * *'\\n" >> /etc/evenkeel/agent.yml; systemctl reload evenkeel`,
)
await printPushes('push → converged, each 2 s', tries, 2_000)
lab.down()

/** At a time of its own within the gap of the schedule, as people push. */
async function printPushes(what: string, count: number, gap: number): Promise<void> {
  const times: number[] = []
  for (let nth = 0; nth < count; nth++) {
    await sleep(((nth + 0.5) / count) * gap)
    const commit = pushText(`${what} ${nth}`)
    const pushed = Date.now()
    times.push(Number(lab.sh('lb1', `${stopwatch()} applied ${commit}`)) - pushed)
  }
  print(what, times)
}

function pushText(text: string): string {
  repo.write(
    'roles/bench/tasks/main.yml',
    `- name: A file\n  copy: {dest: /etc/bench, content: "${text}\\n"}\n`,
  )
  return repo.push(text)
}

function stopwatch(): string {
  return '/opt/evenkeel/bin/node /root/stopwatch.mjs'
}

function print(what: string, times: readonly number[]): void {
  const sorted = times.toSorted((one, other) => one - other)
  const at = (share: number): number =>
    Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  process.stdout.write(
    `${what}: median ${at(0.5)} ms, from ${at(0)} to ${at(1)} ms (${sorted.length} tries)\n`,
  )
}
