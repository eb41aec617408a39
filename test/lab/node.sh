# shellcheck shell=bash
# A node's disk: what is written on it before its first boot.

node_names() {
  local file
  for file in "$STATE"/nodes/*/release; do
    [[ ! -e $file ]] || basename -- "${file%/release}"
  done
}

# Prepares a node's disk, the upper folder of the overlay on its image.
create_node() {
  local name=$1 release=$2 node=$STATE/nodes/$1 disk=$DISKS/$1/upper layer=base octet
  [[ ! -e $node/release ]] || return 0
  [[ $name != git ]] || layer=git
  octet=$(known_octet "$name") || octet=$(free_octet)
  mkdir -p -- "$node"
  echo "$octet" >"$node/octet"
  lower_dirs "$release" "$layer" >"$node/lower"

  rm -rf -- "${DISKS:?}/$name"
  mkdir -p -- "$disk/etc/ssh" "$disk/etc/systemd/network" "$DISKS/$name/work" "$DISKS/$name/root"
  echo "$name" >"$disk/etc/hostname"
  tr -d - </proc/sys/kernel/random/uuid >"$disk/etc/machine-id"
  write_resolv_conf "$disk/etc/resolv.conf"
  { echo '127.0.0.1 localhost' && host_lines; } >"$disk/etc/hosts"
  printf '%s\n' '[Match]' 'Name=host0' '[Link]' "MTUBytes=$(host_mtu)" '[Network]' \
    "Address=$(address_of "$name")/24" "Gateway=$(address_of gateway)" \
    'LinkLocalAddressing=no' 'IPv6AcceptRA=no' >"$disk/etc/systemd/network/10-host0.network"
  # a new network namespace takes this value from the host, where the lab sets it; Debian has 0
  mkdir -p -- "$disk/usr/lib/sysctl.d"
  echo 'net.ipv4.ip_forward = 0' >"$disk/usr/lib/sysctl.d/10-host.conf"
  install_keys "$name" "$disk"
  # last: a node without it is made anew
  echo "$release" >"$node/release"
}

free_octet() {
  local octet
  for ((octet = 51; octet < 100; octet++)); do
    if ! grep -qx "$octet" "$STATE"/nodes/*/octet 2>/dev/null; then
      echo "$octet"
      return
    fi
  done
  die "no address is left for another node"
}

# Tells running nodes the names of nodes that came later.
learn_names() {
  local name pid
  for name in $(node_names); do
    pid=$(leader "$name") || continue
    # shellcheck disable=SC2016 # for the node's shell
    host_lines | (enter "$pid" sh -c 'while read -r line; do
      grep -qxF "$line" /etc/hosts || echo "$line" >>/etc/hosts; done')
  done
}
