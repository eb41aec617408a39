/** Measures what the watch costs, and what disturbs it: see test/bench/watch --help. */
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { ours } from './ours.ts'
import { balancers, bootPair } from './pair.ts'
import type { Pair } from './pair.ts'
import { awaitWell, haproxyPids } from './well.ts'

/** A schedule that does not come round: what is measured is the watch, and nothing else. */
const never = 'schedule: "0 0 1 1 *"'
const idleSeconds = 120
const reloads = 100

const pair = await bootPair()
pair.lab.push('lb1', join(import.meta.dirname, 'loop-delay.mjs'), '/root/loop-delay.mjs')
await ours.install(pair, [never])
await well()
await measureCpu()
await measureReloads()
await measureLoop()
pair.lab.down()
process.exit(0)

async function well(): Promise<void> {
  const problem = await awaitWell(pair, ours, false, 90)
  if (problem !== null) throw new Error(problem)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Microseconds of CPU that the unit's control group has used: the daemon, its runner, and all that they start. */
async function usedCpu(pair: Pair, node: string): Promise<number> {
  const group = '$(systemctl show -p ControlGroup --value evenkeel)'
  const file = `$(ls -d /sys/fs/cgroup/unified /sys/fs/cgroup 2>/dev/null | head -n 1)${group}/cpu.stat`
  return Number(/usage_usec (\d+)/.exec(await pair.shell(node).run(`cat "${file}"`))?.[1])
}

async function measureCpu(): Promise<void> {
  // The first run after the start is over by then
  await sleep(30_000)
  const before = await Promise.all(balancers.map((node) => usedCpu(pair, node)))
  await sleep(idleSeconds * 1000)
  const after = await Promise.all(balancers.map((node) => usedCpu(pair, node)))
  const shares = after.map((used, i) => (used - (before[i] ?? NaN)) / idleSeconds / 10_000)
  const text = shares.map((share) => `${share.toFixed(2)} %`).join(' and ')
  say(
    `CPU of evenkeel.service without a run, ${idleSeconds} s: ${text} of a core (cpu.stat of its group)`,
  )
}

async function measureReloads(): Promise<void> {
  const visits = pair.visit(500)
  await sleep(2000)
  await Promise.all(balancers.map((home) => visits[home].count()))
  await pair.watch.begin()
  const master = async (): Promise<string> => pair.shell('lb1').run('master')
  const before = await master()
  for (let i = 0; i < reloads; i++) {
    await pair.shell('lb1').run('systemctl reload haproxy')
    await sleep(400)
  }
  const stories = Object.values(pair.watch.stories())
  const traffic = await Promise.all(balancers.map((home) => visits[home].stop()))
  const moved = stories.filter(({ left, arrivals }) => left !== null || arrivals > 0).length
  const failed = traffic.reduce((sum, one) => sum + one.failed, 0)
  const ok = traffic.reduce((sum, one) => sum + one.ok, 0)
  const restarted =
    before === (await master()) ? 'haproxy was not restarted' : 'haproxy was RESTARTED'
  say(
    `${reloads} reloads under load: ${moved} VIPs moved, ${restarted}, ${failed} of ${ok + failed} requests failed`,
  )
}

/** 200 backends with 10 servers each. */
function largeBackends(address: string): string {
  const backend = (name: number): string => {
    const servers = Array.from(
      { length: 10 },
      (_, i) => `      - {name: s${i}, address: ${address}, port: ${8000 + i}}`,
    )
    return `  - name: large-${name}\n    default_server: {inter: 60000}\n    servers:\n${servers.join('\n')}\n`
  }
  return Array.from({ length: 200 }, (_, i) => backend(i)).join('')
}

/** What loop-delay.mjs has written, in words. */
async function delayOf(name: string): Promise<string> {
  const text = await pair.shell('lb1').run(`cat /root/loop-delay-${name}`)
  const [longest, usual, work, wait, mostWork] = text.trim().split(' ')
  return `at most ${longest} ms (work ${work}, waiting for a CPU ${wait}), 99 % below ${usual} ms; work in one piece at most ${mostWork} ms`
}

async function measureLoop(): Promise<void> {
  const shell = pair.shell('lb1')
  const program =
    '/opt/evenkeel/bin/node --enable-source-maps --import /root/loop-delay.mjs /opt/evenkeel/dist/evenkeel.mjs'
  await shell.run(`mkdir -p /run/systemd/system/evenkeel.service.d
printf '[Service]\\nExecStart=\\nExecStart=${program} daemon\\n' > /run/systemd/system/evenkeel.service.d/delay.conf
systemctl daemon-reload; systemctl restart evenkeel`)
  // As nice as the daemon
  const control = '/opt/evenkeel/bin/node /root/loop-delay.mjs control'
  await shell.run(`systemd-run --quiet --collect --unit=control -p Nice=-5 ${control}`)
  await well()
  await sleep(10_000)
  const file = 'inventory/group_vars/loadbalancers.yml'
  const text = pair.repo.read(file)
  const mark = 'haproxy_backends:\n'
  pair.repo.write(file, text.replace(mark, `${mark}${largeBackends(pair.lab.address('web1'))}`))
  pair.repo.push('200 backends')
  const runs: string[] = []
  const converge = 'evenkeel converge > /root/converge.out'
  for (const [what, script] of [
    ['without a run', 'sleep 30'],
    ['with the change', converge],
    ['with nothing to do', converge],
  ] as const) {
    await shell.run('rm -f /root/loop-delay-daemon /root/loop-delay-control; sleep 0.5')
    const start = Date.now()
    await shell.run(script)
    const took = ((Date.now() - start) / 1000).toFixed(1)
    await shell.run('sleep 0.3')
    const [daemon, control] = [await delayOf('daemon'), await delayOf('control')]
    runs.push(
      `  ${what} (${took} s): daemon ${daemon}\n    beside it, a process that does nothing: ${control}`,
    )
  }
  say(`event loop of the daemon during a converge of 200 × 10:\n${runs.join('\n')}`)
  say(`haproxy afterwards: ${(await haproxyPids(pair)).replaceAll('\n', '')}`)
}
