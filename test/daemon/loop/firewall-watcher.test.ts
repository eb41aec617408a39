import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { DaemonEvent } from '../../../agent/daemon/event.ts'
import { followFirewall } from '../../../agent/daemon/loop/firewall-events.ts'
import { startFirewallWatcher } from '../../../agent/daemon/loop/firewall-watcher.ts'
import type { Report } from '../../../agent/report/report.ts'
import { contextOf } from '../context.ts'
import { profileOf } from '../evidence/sample.ts'

const chains = ['EVENKEEL-IN', 'INPUT']
const flush = ' EVENT: -4 -t filter -D EVENKEEL-IN -i lo -j ACCEPT'
const policy = ' EVENT: # nft: ip filter INPUT use 1 type filter hook input prio 0 policy drop'
const ban = ' EVENT: -4 -t filter -A f2b-sshd -s 192.0.2.9/32 -j REJECT'
const report = {} as Report

/** A watcher whose lines the test says. */
function start() {
  const context = contextOf({ profile: { ...profileOf('lb1'), chains } })
  const seen: DaemonEvent[] = []
  context.events.subscribe((event) => seen.push(event))
  const world = {
    runs: 0,
    following: 0,
    say: (_line: string): void => {},
    fail: (_why: string | null): void => {},
  }
  const watcher = startFirewallWatcher(
    context,
    () => (world.runs += 1),
    (onLine, onEnd) => {
      Object.assign(world, { say: onLine, fail: onEnd })
      world.following += 1
      return { stop: () => (world.following -= 1) }
    },
  )
  return { ...context, watcher, seen, world }
}

/** Long enough for what is to come of a line. */
const settled = (): Promise<void> => sleep(400)

test('a flush, whatever number of lines it has, leads to one run; other chains to none', async () => {
  const { watcher, seen, world } = start()
  world.say(ban)
  await settled()
  assert.is(world.runs, 0)
  for (let line = 0; line < 100; line++) world.say(flush)
  await settled()
  assert.is(world.runs, 1)
  assert.equal(seen, [{ type: 'firewall-drift-seen', pause: 0 }])
  await watcher.stop()
})

test('so does a change of a chain that leads to ours', async () => {
  const { watcher, world } = start()
  world.say(policy)
  await settled()
  assert.is(world.runs, 1)
  await watcher.stop()
})

test('what a run changes is its own; after it, changes count again', async () => {
  const { watcher, events, world } = start()
  events.emit({ type: 'run-phase', phase: 'applying' })
  world.say(flush)
  events.emit({ type: 'run-phase', phase: null })
  world.say(flush)
  events.emit({ type: 'run-ended', cause: 'schedule', report })
  world.say(flush)
  await settled()
  assert.is(world.runs, 0)
  world.say(flush)
  await settled()
  assert.is(world.runs, 1)
  await watcher.stop()
})

test('a firewall that is changed again as soon as it is repaired costs fewer and fewer runs', async () => {
  const { watcher, events, seen, world } = start()
  for (const _ of [1, 2]) {
    world.say(flush)
    await settled()
    events.emit({ type: 'run-ended', cause: 'drift', report })
  }
  const pauses = seen.flatMap((event) =>
    event.type === 'firewall-drift-seen' ? [event.pause] : [],
  )
  assert.equal(pauses, [0, 500])
  await watcher.stop()
})

test('it is followed only where a chain is ours, and whoever is not heard is warned of', async () => {
  const { watcher, seen, world } = start()
  assert.is(world.following, 1)
  world.fail('xtables-monitor is not installed')
  const [event] = seen
  assert.is(event?.type, 'warning-began')
  world.fail(null)
  assert.is(seen[1]?.type, 'warning-ended')
  await watcher.update?.({ ...profileOf('lb1'), chains: [] })
  assert.is(world.following, 0)
  await watcher.update?.({ ...profileOf('lb1'), chains })
  assert.is(world.following, 1)
  await watcher.stop()
  assert.is(world.following, 0)
})

test('the real program names the chains of what happens to them, at once', async () => {
  const monitor = 'setpriv --pdeathsig TERM stdbuf -oL xtables-monitor --event'
  const script = `${monitor} & sleep 1
    iptables -N EVENKEEL-IN; iptables -A INPUT -j EVENKEEL-IN
    iptables -F; iptables -P INPUT DROP; ip6tables -N EVENKEEL-IN; exec sleep 60`
  const lines: string[] = []
  const followed = followFirewall(
    (line) => lines.push(line),
    () => {},
    ['unshare', '--net', 'sh', '-c', script],
  )
  const all = (): string => lines.join('\n')
  for (let tries = 0; tries < 600 && !/-6 .*EVENKEEL-IN/.test(all()); tries++) await sleep(100)
  followed.stop()
  assert.match(all(), /-4 -t filter -N EVENKEEL-IN/)
  assert.match(all(), /-4 -t filter -D INPUT -j EVENKEEL-IN/)
  assert.match(all(), / INPUT .*policy drop/)
  assert.match(all(), /-6 -t filter -N EVENKEEL-IN/)
})

test('a program that is not there, or that ends, is told', async () => {
  for (const [argv, expected] of [
    [['/nonexistent/program'], /ENOENT/],
    [['sh', '-c', 'echo no netlink here >&2; exit 1'], /^no netlink here$/],
  ] as const) {
    const reasons: (string | null)[] = []
    const followed = followFirewall(
      () => {},
      (reason) => reasons.push(reason),
      argv,
    )
    for (let tries = 0; tries < 600 && (reasons.at(-1) ?? null) === null; tries++) await sleep(50)
    followed.stop()
    assert.match(String(reasons.at(-1)), expected)
  }
})

test.run()
