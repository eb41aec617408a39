# check-tree FILE…: in a root of `lab tool`, lets the program that reads a file judge it together with all others
# that are there. Prints "ok FILE", "unjudged FILE", or "FAILED FILE" and what the program says.
# shellcheck shell=sh
set -u
own=/usr/local/libexec/evenkeel

judge() {
  case $1 in
    /etc/haproxy/haproxy.cfg | /etc/default/haproxy) judge_haproxy ;;
    # It tracks these files, which are made before it starts.
    /etc/keepalived/* | /etc/tmpfiles.d/*)
      systemd-tmpfiles --create /etc/tmpfiles.d/evenkeel-vrrp.conf && keepalived --config-test --all-config
      ;;
    /etc/rsyslog.d/*) rsyslogd -N1 ;;
    /etc/logrotate.d/*) judge_logrotate ;;
    /etc/systemd/system/*.d/*) judge_unit "$(basename "${1%.d/*}")" ;;
    /etc/systemd/system/*) judge_unit "${1##*/}" ;;
    /etc/evenkeel/firewall/*.v4) iptables-restore --test "$1" ;;
    /etc/evenkeel/firewall/*.v6) ip6tables-restore --test "$1" ;;
    "$own/load-firewall") sh -n "$1" && load_firewall ;;
    "$own"/*) [ -x "$1" ] && sh -n "$1" ;;
    *) return 99 ;;
  esac
}

# With the words of its unit, and without a single warning.
judge_haproxy() {
  $own/haproxy-state prepare || return
  # shellcheck disable=SC1091 # the file of the tree
  . /etc/default/haproxy
  # shellcheck disable=SC2086 # a list of words
  haproxy -Ws -c -dW -f "$CONFIG" $EXTRAOPTS
}

# It ends with 0 although it leaves out a line that it does not know.
judge_logrotate() {
  logrotate --debug /etc/logrotate.conf 2>&1 | grep -E '^(error|warning): ' | grep -v 'in debug mode'
  [ $? = 1 ]
}

judge_unit() {
  systemd-analyze verify --man=no --recursive-errors=no "$1"
}

# Twice, as a reload does: the second time has to find its jumps.
load_firewall() {
  $own/load-firewall && $own/load-firewall || return
  for iptables in iptables ip6tables; do
    $iptables --list-rules INPUT
    [ "$($iptables --list-rules INPUT | grep --count -- '-j EVENKEEL-IN$')" = 1 ] || return
  done
}

for file; do
  said=$(judge "$file" 2>&1)
  code=$?
  case $code in
    0) echo "ok $file" ;;
    99) echo "unjudged $file" ;;
    *) printf 'FAILED %s (exit code %d)\n%s\n' "$file" "$code" "$said" ;;
  esac
done
