import { ownComment } from '../programs/netfilter/own-chain.ts'
import type { Paths } from '../system/paths.ts'
import type { System } from '../system/system.ts'
import { setHold } from './holds.ts'

/** Milliseconds for the requests under way; those that take longer are cut, as long connections are. */
const settling = 100
/** Milliseconds until the VIPs are gone. keepalived needs some 5. */
const patience = 1_000
const step = 5

/**
 * A SYN that nobody answers is sent again after 1 s (RFC 6298), which then meets the peer. Ends by itself,
 * before that, and goes on when we die: a rule that stayed would shut out everybody once the VIPs are back.
 */
const holdOff = `
turn() {
  option=$1
  shift
  for vip; do
    case $vip in *:*) tool=ip6tables ;; *) tool=iptables ;; esac
    "$tool" -w 1 "$option" INPUT -d "$vip" -p tcp --syn -m comment --comment ${ownComment} -j DROP
  done
}
turn -I "$@"
sleep 0.5
turn -D "$@"`

/**
 * Hands the VIPs of this node to a peer that is ready, and no request fails: new ones wait for the peer, those
 * under way come to their end, and then keepalived lets go at once (FAULT), so that the peer has the VIPs within
 * the skew. A VIP that moves while requests are under way, as a lower priority makes it, cuts about every fourth
 * time one of those that come each 5 ms (measured): their next packet reaches a node that doesn't know them.
 * @param ask what is asked of keepalived for good, at the moment when it lets go
 * @param here the VIPs that are on this node now
 * @throws Error when keepalived's folder is not there
 */
export async function handOver(
  ask: () => Promise<void>,
  here: () => Promise<readonly string[]>,
  { vrrp }: Pick<Paths, 'vrrp'>,
  system: Pick<System, 'run' | 'sleep' | 'now'>,
): Promise<void> {
  const vips = await here()
  if (vips.length === 0) return ask()
  const held = system.run(['sh', '-c', holdOff, 'hold-off', ...vips]).catch(() => null)
  await system.sleep(settling)
  const since = new Date(system.now()).toISOString()
  try {
    setHold(vrrp, 'fault', 'operator', { reason: 'the VIPs are handed over for a drain', since })
    await ask()
    for (let waited = 0; waited < patience && (await here()).length > 0; waited += step) {
      await system.sleep(step)
    }
  } finally {
    setHold(vrrp, 'fault', 'operator', null)
  }
  // No rule of ours is left when somebody looks
  await held
}
