# shellcheck shell=bash
# The lab's network: a bridge in a network namespace of its own. On the host there is one end of
# one veth pair (the nodes' gateway), one masquerade rule and ip_forward, all undone by network_down.
# So is a higher number of inotify instances, which all nodes share.

NETNS=evenkeel-$LAB_ID
UPLINK=ek-$LAB_ID
RULE_COMMENT=evenkeel-lab-$LAB_ID

network_up() {
  hold_lock "$STATE_ROOT/.lock" 7
  [[ -s $STATE/net ]] || free_net >"$STATE/net"
  local net
  net=$(<"$STATE/net")

  if ! ip -n "$NETNS" link show lo >/dev/null 2>&1; then
    # a name without a namespace is left when a host whose /run is on disk is rebooted
    ip netns del "$NETNS" 2>/dev/null || true
    ip netns add "$NETNS"
  fi
  if ! ip link show "$UPLINK" >/dev/null 2>&1; then
    ip -n "$NETNS" link del bridge 2>/dev/null || true
    ip -n "$NETNS" link add bridge mtu "$(host_mtu)" type bridge forward_delay 0 stp_state 0 mcast_snooping 0
    ip link add "$UPLINK" mtu "$(host_mtu)" type veth peer name uplink netns "$NETNS"
    ip -n "$NETNS" link set uplink mtu "$(host_mtu)" master bridge up
    ip -n "$NETNS" link set bridge up
    ip -n "$NETNS" link set lo up
    ip address add "$net.1/24" dev "$UPLINK"
    ip link set "$UPLINK" up
  fi

  local rule=(POSTROUTING -s "$net.0/24" ! -d "$net.0/24" -m comment --comment "$RULE_COMMENT" -j MASQUERADE)
  iptables -w 10 -t nat -C "${rule[@]}" 2>/dev/null || iptables -w 10 -t nat -A "${rule[@]}"
  # a host that filters what it forwards (as with Docker) has to let the nodes through
  if [[ $(iptables -w 10 -S FORWARD) != '-P FORWARD ACCEPT' ]]; then
    local direction
    for direction in -i -o; do
      rule=(FORWARD "$direction" "$UPLINK" -m comment --comment "$RULE_COMMENT" -j ACCEPT)
      iptables -w 10 -C "${rule[@]}" 2>/dev/null || iptables -w 10 -I "${rule[@]}"
    done
  fi
  change_setting net/ipv4/ip_forward 1
  # A node takes some seven of root's, which usually has 128: one that gets none does not boot, and a keepalived
  # that gets none ignores the files that it tracks.
  (($(</proc/sys/fs/inotify/max_user_instances) >= 1024)) || change_setting fs/inotify/max_user_instances 1024
  release_lock 7
}

# Sets $1, a file below /proc/sys, to $2 for as long as there are labs.
change_setting() {
  local saved=$STATE_ROOT/.${1##*/}
  [[ -e $saved ]] || cat "/proc/sys/$1" >"$saved"
  echo "$2" >"/proc/sys/$1"
}

restore_setting() {
  local saved=$STATE_ROOT/.${1##*/}
  [[ -e $saved ]] || return 0
  cat "$saved" >"/proc/sys/$1"
  rm -f -- "$saved"
}

network_down() {
  hold_lock "$STATE_ROOT/.lock" 7
  local table rule
  local -a words
  for table in nat filter; do
    while read -r rule; do
      read -ra words <<<"$rule"
      iptables -w 10 -t "$table" -D "${words[@]:1}"
    done < <(iptables -w 10 -t "$table" -S 2>/dev/null | grep -E -- "--comment \"?$RULE_COMMENT\"?( |$)")
  done
  ip link del "$UPLINK" 2>/dev/null || true
  ip netns del "$NETNS" 2>/dev/null || true
  if ! other_labs; then
    restore_setting net/ipv4/ip_forward
    restore_setting fs/inotify/max_user_instances
  fi
  # whoever waits for this lock will find it gone and make it anew
  other_labs || rm -f -- "$STATE_ROOT/.lock"
  release_lock 7
}

other_labs() {
  local net
  for net in "$STATE_ROOT"/*/net; do
    [[ $net == "$STATE/net" || ! -e $net ]] || return 0
  done
  return 1
}

# A /24 that no route, address or name server of the host and no other lab uses, as "10.213.7".
# It starts at a place that depends on the id, so a lab tends to get the same one again.
free_net() {
  local prefix third step start used net
  start=$(cksum <<<"$LAB_ID")
  start=$((${start%% *} % 256))
  used=$(cat -- "$STATE_ROOT"/*/net /etc/resolv.conf 2>/dev/null || true)
  for prefix in 10.213 172.29 192.168; do
    for ((step = 0; step < 256; step++)); do
      third=$(((start + step) % 256))
      net=$prefix.$third
      if ! grep -qE "(^|[^0-9.])${net//./\\.}(\.|$)" <<<"$used" &&
        ! ip -4 route show table all match "$net.0/24" | grep -qv '^default' &&
        [[ -z $(ip -4 route show table all root "$net.0/24") ]]; then
        echo "$net"
        return
      fi
    done
  done
  die "found no free /24 network for the lab in 10.213.0.0/16, 172.29.0.0/16 and 192.168.0.0/16"
}

# Packets of nodes leave by the host's default route, whose MTU may be below 1500.
host_mtu() {
  local device mtu=1500
  device=$(ip -4 route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)
  [[ -z $device ]] || mtu=$(<"/sys/class/net/$device/mtu")
  echo $((mtu < 1500 ? mtu : 1500))
}

known_octet() {
  case $1 in
    gateway) echo 1 ;;
    lb1) echo 11 ;;
    lb2) echo 12 ;;
    web1) echo 21 ;;
    web2) echo 22 ;;
    git) echo 31 ;;
    client) echo 41 ;;
    vip1) echo 101 ;;
    vip2) echo 102 ;;
    *) return 1 ;;
  esac
}

# The address of a node, vip or the gateway; fails for a name that has none.
address_of() {
  local octet
  [[ -s $STATE/net ]] || return 1
  if ! octet=$(known_octet "$1"); then
    [[ -e $STATE/nodes/$1/octet ]] || return 1
    octet=$(<"$STATE/nodes/$1/octet")
  fi
  echo "$(<"$STATE/net").$octet"
}

lab_address() {
  (($# == 1)) || die "address takes one name: see lab --help"
  [[ -s $STATE/net ]] || die "lab $LAB_ID is down"
  if [[ $1 == net ]]; then
    echo "$(<"$STATE/net").0/24"
  else
    address_of "$1" || die "lab $LAB_ID has no \"$1\""
  fi
}

# Lines for /etc/hosts: every name that has an address.
host_lines() {
  local name
  for name in gateway lb1 lb2 web1 web2 git client vip1 vip2 $(node_names); do
    echo "$(address_of "$name") $name"
  done | awk '!seen[$0]++'
}
