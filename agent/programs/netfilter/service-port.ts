/**
 * Port numbers by the names that people write in firewall rules (IANA's registry; Debian's
 * /etc/services). A name that is missing here makes a rule that can't be judged, never a wrong verdict.
 */
const portOfService: Readonly<Record<string, number>> = {
  'ftp-data': 20,
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  domain: 53,
  bootps: 67,
  bootpc: 68,
  http: 80,
  www: 80,
  kerberos: 88,
  pop3: 110,
  sunrpc: 111,
  ntp: 123,
  imap2: 143,
  snmp: 161,
  'snmp-trap': 162,
  ldap: 389,
  https: 443,
  submissions: 465,
  isakmp: 500,
  syslog: 514,
  submission: 587,
  ldaps: 636,
  'syslog-tls': 6514,
  rsync: 873,
  imaps: 993,
  pop3s: 995,
  openvpn: 1194,
  nfs: 2049,
  mysql: 3306,
  postgresql: 5432,
  x11: 6000,
  redis: 6379,
  'http-alt': 8080,
  webcache: 8080,
  git: 9418,
}

/** A port by number (`80`, `0x50`) or name; null when the name is not known. */
export function parsePort(text: string): number | null {
  if (/^(\d+|0x[0-9a-f]+)$/i.test(text)) return Number(text) <= 65535 ? Number(text) : null
  return portOfService[text] ?? null
}
