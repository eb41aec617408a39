import { endsOf } from '../health/haproxy-health.ts'
import { expectedBinds } from '../programs/haproxy/expected-binds.ts'
import type { WatchedBind } from './bind-check.ts'

/**
 * The addresses of haproxy.cfg on which it has to listen. UDP ones are left out: the kernel knows no listeners
 * there. So are those on loopback beside others: a stats page that answers is no reason to keep the VIPs, and
 * one that does not is none to give them away.
 */
export function watchedBinds(config: string): readonly WatchedBind[] {
  const binds = expectedBinds(config)
    .filter(({ protocol }) => protocol === 'tcp')
    .map((bind) => ({ name: bind.text, ends: endsOf(bind) }))
  const outside = binds.filter(
    ({ ends }) => !ends.flat().every(({ address }) => isLoopback(address)),
  )
  return outside.length > 0 ? outside : binds
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1'
}
