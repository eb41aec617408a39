import { endsOf, mustListen } from '../health/haproxy-health.ts'
import { isSameAddress } from '../programs/address.ts'
import type { HaproxyConfig } from '../programs/haproxy/config.ts'
import type { WatchedBind } from './bind-check.ts'

/**
 * The addresses on which haproxy has to listen for visitors. UDP ones are left out: the kernel knows no listeners
 * there. So are those on loopback beside others: a stats page that answers is no reason to keep the VIPs, and one
 * that does not is none to give them away.
 */
export function watchedBinds(config: HaproxyConfig): readonly WatchedBind[] {
  const binds = mustListen(config)
    .filter(({ protocol, isPublic }) => protocol === 'tcp' && isPublic)
    .map((bind) => ({ name: bind.name, ends: endsOf(bind) }))
  const outside = binds.filter(({ ends }) => !ends.every(({ address }) => isLoopback(address)))
  return outside.length > 0 ? outside : binds
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || isSameAddress(address, '::1')
}
