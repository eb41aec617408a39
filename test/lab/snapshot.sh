# All that a change of a load balancer can touch, as text, to be compared with another time. With `leftovers`: what
# nothing may leave behind.
if [ "$1" = leftovers ]; then
  find / /run/evenkeel -xdev -name '*.evenkeel-new' 2>/dev/null
  find /run/evenkeel -name 'dead-man*' -o -name stage
  find /var/lib/evenkeel/journal -type f
  systemctl list-units --all --plain --no-legend 'evenkeel-dead-man*'
  for unit in $(systemctl list-units --plain --no-legend --failed 'evenkeel*' haproxy.service keepalived.service \
    rsyslog.service | cut -d ' ' -f 1); do
    systemctl status --no-pager --lines 5 "$unit"
  done
  grep '/run/evenkeel' /proc/mounts
  ip netns list
  exit 0
fi
find /etc -printf '%p %y %m %u:%g %l\n' | sort
find /etc -type f -exec md5sum {} + | sort -k 2
iptables-save | grep -v '^[#:*C]'
ip6tables-save | grep -v '^[#:*C]'
sysctl -a 2>/dev/null | grep -E '^net\.(ipv4\.(ip_|tcp_)|core)' | grep -v tcp_available
systemctl show -p Id,ActiveState,UnitFileState haproxy keepalived rsyslog
echo 'show env EVENKEEL_FINGERPRINT' | socat - UNIX-CONNECT:/run/haproxy/admin.sock
