import { haproxyFolder } from './haproxy/paths.ts'

/** A program that reads or writes what lies in places of its own. */
export type PlacedProgram = 'haproxy' | 'keepalived' | 'rsyslog' | 'logrotate' | 'cron'

/**
 * Where programs look without being told to, as Debian's packages and our roles set them up: folders with
 * all that is in them, and files.
 */
const places: Readonly<Record<PlacedProgram, readonly string[]>> = {
  haproxy: [haproxyFolder, '/run/haproxy', '/usr/share/haproxy', '/var/lib/haproxy'],
  keepalived: ['/etc/keepalived', '/run/evenkeel-vrrp'],
  rsyslog: ['/etc/rsyslog.conf', '/etc/rsyslog.d', '/var/log'],
  logrotate: ['/etc/logrotate.conf', '/etc/logrotate.d'],
  cron: ['/etc/cron.d', '/etc/crontab'],
}

/** The program whose place a path lies in; null: of none that is known. */
export function programAt(path: string): PlacedProgram | null {
  const found = Object.entries(places).find(([, own]) =>
    own.some((place) => path === place || path.startsWith(`${place}/`)),
  )
  return (found?.[0] ?? null) as PlacedProgram | null
}
