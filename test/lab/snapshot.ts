import type { Lab } from './lab.ts'

/** Everything that a change which did not last must have left as it was. */
export function snapshot(lab: Lab, node = 'lb1'): string {
  return lab.sh(
    node,
    `find /etc -type f -not -path '*/ssl/*' -newer /etc/hostname -exec md5sum {} + 2>/dev/null | sort -k 2
     stat -c '%a %U %G %n' /etc/haproxy/haproxy.cfg /etc/keepalived/keepalived.conf
     iptables-save | grep -v '^[#:*C]'; ip6tables-save | grep -v '^[#:*C]'
     systemctl show -p Id,ActiveState,UnitFileState haproxy keepalived rsyslog
     echo 'show env EVENKEEL_FINGERPRINT' | socat - UNIX-CONNECT:/run/haproxy/admin.sock
     sysctl -a 2>/dev/null | grep -E '^net\\.(ipv4\\.(ip_|tcp_)|core)' | grep -v tcp_available
     ls /var/lib/evenkeel/journal /run/evenkeel/stage 2>&1; true`,
  )
}

/** What a run has left on a node that nobody needs afterwards; empty when all is tidy. */
export function leftovers(lab: Lab, node = 'lb1'): string {
  return lab.sh(
    node,
    `ls -A /var/lib/evenkeel/journal /run/evenkeel/stage 2>/dev/null | grep -v -e ':$' -e '^$'
     find /etc /run /usr/local /var/lib/evenkeel -xdev -name '*.evenkeel-new'
     find /run/netns /var/lib/evenkeel/repo.git.new -mindepth 1 2>/dev/null
     grep -E ' /(etc|run/evenkeel|var/lib/evenkeel)' /proc/mounts
     systemctl list-units --all --plain --no-legend '*dead-man*'
     ps -eo args | grep -E '[/]opt/evenkeel|[u]nshare|[a]pt-get|[g]it ls-remote'; true`,
  )
}
