/** Numbers of IP protocols by the names that iptables takes (IANA's registry; Debian's /etc/protocols). */
const numberOfProtocol: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  ipencap: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  'ipv6-icmp': 58,
  ospf: 89,
  vrrp: 112,
  carp: 112,
  l2tp: 115,
  sctp: 132,
  'ipv6-mh': 135,
  mh: 135,
  udplite: 136,
}

/** `all` and 0 are every protocol; null when the name is not known. */
export function parseProtocol(text: string): number | 'all' | null {
  const name = text.toLowerCase()
  if (name === 'all' || name === '0') return 'all'
  if (/^\d+$/.test(name)) return Number(name)
  return numberOfProtocol[name] ?? null
}
