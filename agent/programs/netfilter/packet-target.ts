import type { FirewallRule } from './firewall-rule.ts'
import { passingTargets } from './iptables-target.ts'

/** What a target that is no chain of ours does; `any` when that isn't known here. */
export interface TargetEffect {
  readonly does: 'accept' | 'drop' | 'return' | 'pass' | 'any'
  /** Takes the packet's tracking (in raw) or its destination (in nat). */
  readonly changes: boolean
}

export function targetEffect(target: NonNullable<FirewallRule['target']>): TargetEffect {
  const { name, options } = target
  if (name === 'ACCEPT') return { does: 'accept', changes: false }
  if (name === 'DROP' || name === 'REJECT') return { does: 'drop', changes: false }
  if (name === 'RETURN') return { does: 'return', changes: false }
  if (name === 'DNAT' || name === 'REDIRECT' || name === 'NETMAP') {
    return { does: 'accept', changes: true }
  }
  if (passingTargets.has(name)) {
    return { does: 'pass', changes: name === 'NOTRACK' || options.includes('--notrack') }
  }
  return { does: 'any', changes: false }
}
