import { askForStatus } from '../daemon/control/ask-daemon.ts'
import { controlSocket } from '../daemon/control/message.ts'
import type { KeepalivedScope } from '../health/health-scope.ts'
import { loadProfile } from '../store/profile.ts'
import { exitCode, HeldError, LocalError } from '../system/errors.ts'
import { whoAsks } from '../system/who-asks.ts'
import { findDrain, setDrain, vipsHere } from '../watch/drain.ts'
import { handOver } from '../watch/hand-over.ts'
import { setHold } from '../watch/holds.ts'
import { seePeers } from '../watch/peer-sight.ts'
import { requireRoot } from './run-options.ts'
import type { Verb } from './verb.ts'

/** Milliseconds: an election takes up to 3.7 s at one advert a second, and preempt_delay comes on top. */
const patience = 15_000

const help = `
With a peer that has proven that it serves, no request fails: new connections are held off for 0.1 s (they
are tried again after 1 s, at the peer), those under way end, and the VIPs move. Connections that last longer
end. Without such a proof keepalived's priority is lowered, and the peer takes over within 4 s if it can;
instances with nopreempt and those of a sync group are in FAULT then, on no node if no peer can take them.
A drain holds over a reboot, and no run lifts it.`

/** `evenkeel drain` and `undrain`: a person wants the VIPs off this node. */
export function addDrain({ program, node, end }: Verb): void {
  program
    .command('drain')
    .description('hand the VIPs of this node to the peer, until "evenkeel undrain"')
    .option('--reason <text>', 'for whoever wonders')
    .option('--force', 'also where no peer is known to be ready')
    .addHelpText('after', help)
    .action(async (flags: { reason?: string; force?: boolean }) => {
      requireRoot()
      const scope = await keepalivedOf(node)
      const who = await whoAsks(node.system)
      if (flags.force !== true) await requirePeer(scope, node)
      const present = findDrain(node.paths)
      const reason = flags.reason === undefined ? `by ${who}` : `${flags.reason} (${who})`
      const since = present?.since ?? new Date(node.system.now()).toISOString()
      const before = await vipsHere(scope, node.system)
      const ask = (): Promise<void> => setDrain({ reason, since }, node.paths, node.system)
      if (await isHandover(node)) {
        await handOver(ask, () => vipsHere(scope, node.system), node.paths, node.system)
      } else await ask()
      const left = await awaitLeft(scope, node)
      process.stdout.write(`${sayDrained(before, left, await findHolders(before, node))}\n`)
      if (left.length > 0) end(exitCode.failed)
    })
  program
    .command('undrain')
    .description('let this node have VIPs again')
    .action(async () => {
      requireRoot()
      const wasDrained = findDrain(node.paths) !== null
      await setDrain(null, node.paths, node.system)
      // What a drain that was killed has left
      setHold(node.paths.vrrp, 'fault', 'operator', null)
      process.stdout.write(
        wasDrained
          ? 'this node takes part again: the VIPs that are at home here come back in some 4 s\n'
          : 'this node was not drained\n',
      )
    })
}

async function keepalivedOf({ paths, system }: Verb['node']): Promise<KeepalivedScope> {
  const scope = (await loadProfile(paths, system))?.scope.keepalived ?? null
  if (scope === null) throw new LocalError('nothing asks for keepalived on this node')
  return scope
}

/** A run that reads the firewall must not find what is in there for a moment. */
async function isHandover({ paths }: Verb['node']): Promise<boolean> {
  const status = await askForStatus(controlSocket(paths))
  return status?.inHand === null && seePeers(status.peers ?? []).peer === 'ready'
}

/** Where a drain is a FAULT, a VIP without a peer would be on no node. */
async function requirePeer({ file }: KeepalivedScope, node: Verb['node']): Promise<void> {
  const text = Buffer.from((await node.system.readFile(file)) ?? []).toString()
  if (!/^\s*evenkeel_drain\s+weight\s+0\s*$/m.test(text)) return
  const { peers } = (await askForStatus(controlSocket(node.paths))) ?? {}
  if (seePeers(peers ?? []).peer === 'ready') return
  throw new HeldError(
    'no peer has proven that it could take the VIPs, and some of them (nopreempt, sync group) would be on no node; --force does it all the same',
  )
}

/** VIPs that are still here when they have left, or the time is over. */
async function awaitLeft(scope: KeepalivedScope, node: Verb['node']): Promise<readonly string[]> {
  const deadline = performance.now() + patience
  for (;;) {
    const here = await vipsHere(scope, node.system)
    if (here.length === 0 || performance.now() >= deadline) return here
    await node.system.sleep(100)
  }
}

/** Which peer has which VIP, as the peers tell it, which takes up to 3 s: they look each second, and are asked each second. */
async function findHolders(
  vips: readonly string[],
  node: Verb['node'],
): Promise<ReadonlyMap<string, string>> {
  const holders = new Map<string, string>()
  for (let tries = 0; tries < 25 && holders.size < vips.length; tries += 1) {
    const status = await askForStatus(controlSocket(node.paths))
    if (status === null) break
    for (const { name, evidence } of status.peers ?? []) {
      for (const vip of evidence?.watch.vips ?? []) holders.set(vip, name)
    }
    if (vips.some((vip) => !holders.has(vip))) await node.system.sleep(200)
  }
  return holders
}

function sayDrained(
  before: readonly string[],
  left: readonly string[],
  holders: ReadonlyMap<string, string>,
): string {
  if (before.length === 0) return 'this node is drained; it had no VIP'
  if (left.length > 0) {
    return `this node is drained, but still has ${left.join(', ')} after ${patience / 1000} s: no peer takes over. Its own haproxy goes on serving; "evenkeel undrain" takes the drain back`
  }
  const where = before.map((vip) => {
    const holder = holders.get(vip)
    return holder === undefined ? vip : `${vip} (now on ${holder})`
  })
  return `this node is drained: ${where.join(', ')} left it`
}
