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

/** The kernel's own chains, by table: iptables(8). */
export const kernelChains: Readonly<Record<string, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  raw: ['PREROUTING', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
}
