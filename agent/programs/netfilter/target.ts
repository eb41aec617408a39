import type { Target } from './rule.ts'

/** Targets after which a packet goes on to the next rule: iptables-extensions(8). */
export const passingTargets: ReadonlySet<string> = new Set(
  (
    'AUDIT CHECKSUM CLASSIFY CONNMARK CONNSECMARK CT DSCP ECN HL HMARK IDLETIMER LED LOG MARK NFLOG ' +
    'NOTRACK RATEEST SECMARK SET TCPMSS TCPOPTSTRIP TEE TOS TRACE TTL'
  ).split(' '),
)

/** Targets that end a packet's way through a chain of the kernel: iptables(8), iptables-extensions(8). */
export const decidingTargets: ReadonlySet<string> = new Set(
  (
    'ACCEPT DROP REJECT RETURN QUEUE NFQUEUE DNAT SNAT MASQUERADE REDIRECT NETMAP DNPT SNPT SYNPROXY ' +
    'TPROXY'
  ).split(' '),
)

/**
 * What a target that is no chain does: `pass` goes on to the next rule, `decide` accepts or drops, `any` is
 * not known here.
 */
export interface TargetEffect {
  readonly does: 'accept' | 'drop' | 'return' | 'pass' | 'decide' | 'any'
  /** Takes the packet's tracking (in raw) or its destination (in nat). */
  readonly changes: boolean
}

export function targetEffect({ name, options }: Target): TargetEffect {
  switch (name) {
    case 'ACCEPT':
      return { does: 'accept', changes: false }
    case 'DROP':
    case 'REJECT':
      return { does: 'drop', changes: false }
    case 'RETURN':
      return { does: 'return', changes: false }
    case 'DNAT':
    case 'REDIRECT':
    case 'NETMAP':
      return { does: 'accept', changes: true }
    // Another program decides, and where none listens, the kernel: xt_NFQUEUE.c
    case 'QUEUE':
    case 'NFQUEUE':
      return { does: 'decide', changes: false }
    default:
      return passingTargets.has(name)
        ? { does: 'pass', changes: name === 'NOTRACK' || options.includes('--notrack') }
        : { does: 'any', changes: false }
  }
}
