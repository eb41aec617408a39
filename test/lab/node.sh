# shellcheck shell=bash
# One node: an overlay on the image, mounted in the private mount namespace of its runner (so no
# mount is left on the host whatever happens), booted by systemd-nspawn inside the lab's network.

NODE_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
BOOT_SECONDS=90
STOP_SECONDS=30

node_names() {
  local folder
  for folder in "$STATE"/nodes/*/; do
    [[ ! -d $folder ]] || basename -- "$folder"
  done
}

need_node() {
  [[ -n ${1:-} ]] || die "which node? See lab --help"
  [[ -d $STATE/nodes/$1 ]] || die "lab $LAB_ID has no node \"$1\": it has $(node_names | paste -sd' ' -)"
}

# A process is named by its pid and start time (field 22 of stat), as pids come round again.
process_mark() {
  local stat
  stat=$(<"/proc/$1/stat") || return 1
  stat=${stat##*) }
  read -ra stat <<<"$stat"
  echo "$1 ${stat[19]}"
}

# Prints the recorded pid ($2: runner or nspawn) if that very process still lives.
recorded_pid() {
  local file=$STATE/nodes/$1/$2 pid rest
  [[ -s $file ]] || return 1
  read -r pid rest <"$file"
  [[ -d /proc/$pid && $(process_mark "$pid" 2>/dev/null) == "$pid $rest" ]] || return 1
  echo "$pid"
}

# Prints the pid of the node's systemd once it is systemd.
leader() {
  local nspawn child children
  nspawn=$(recorded_pid "$1" nspawn) || return 1
  children=$(cat "/proc/$nspawn/task/$nspawn/children" 2>/dev/null) || return 1
  for child in $children; do
    if grep -qs $'^NSpid:.*\t1$' "/proc/$child/status" && [[ $(<"/proc/$child/comm") == systemd ]]; then
      echo "$child"
      return
    fi
  done
  return 1
}

node_runs() {
  recorded_pid "$1" runner >/dev/null
}

# Becomes CMD in the node whose systemd is pid $1. CMD dies with the caller (pdeathsig).
enter() {
  local pid=$1
  shift
  exec nsenter -t "$pid" -a -- setpriv --pdeathsig KILL \
    env -i -C /root PATH="$NODE_PATH" HOME=/root LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" "$@"
}

node_state() {
  (enter "$1" timeout 10 systemctl is-system-running 2>/dev/null) || true
}

# Waits until $2… succeeds, at most $1 seconds.
wait_for() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

is_up() {
  local pid
  pid=$(leader "$1") || return 1
  [[ $pid != "${2:-}" && $(node_state "$pid") =~ ^(running|degraded)$ ]]
}

is_gone() {
  ! node_runs "$1"
}

# $2: the pid of a systemd that is going away
wait_running() {
  wait_for "$BOOT_SECONDS" is_up "$1" "${2:-}" && return
  tail -n 5 "$STATE/nodes/$1/console.log" >&2 || true
  die "$1 is not up after $BOOT_SECONDS s: see $STATE/nodes/$1/console.log"
}

# Prepares a node's disk before its first boot. The folder becomes the overlay's upper folder.
create_node() {
  local name=$1 release=$2 node=$STATE/nodes/$1 disk=$DISKS/$1/upper layer=base
  [[ ! -e $node/release ]] || return 0
  [[ $name != git ]] || layer=git
  mkdir -p -- "$node"
  known_octet "$name" >"$node/octet" || free_octet >"$node/octet.new"
  [[ ! -s $node/octet.new ]] || mv -- "$node/octet.new" "$node/octet"
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

launch_node() {
  local name=$1 node=$STATE/nodes/$1 hierarchy
  rm -f -- "$node/nspawn" "$node/runner"
  for hierarchy in $(cgroup_hierarchies); do mkdir -p -- "$hierarchy/evenkeel-lab/$LAB_ID/$name"; done
  EVENKEEL_LAB=$LAB_ID EVENKEEL_LAB_CACHE=$CACHE \
    setsid unshare --mount --propagation slave bash "$LAB_DIR/lab" _run-node "$name" \
    </dev/null >>"$node/console.log" 2>&1 7>&- 8>&- 9>&- &
  wait_for 10 test -s "$node/runner" || die "$name does not start: see $node/console.log"
}

# The runner of a node: ends when the node is powered off.
run_node() {
  local name=$1 node=$STATE/nodes/$1 disk=$DISKS/$1 hierarchy code
  for hierarchy in $(cgroup_hierarchies); do
    # before anything else is started, so that the kernel knows all that belongs to this node
    echo $$ >"$hierarchy/evenkeel-lab/$LAB_ID/$name/cgroup.procs"
  done
  process_mark $$ >"$node/runner"
  # nspawn leaves its folders behind where /run is no tmpfs
  mkdir -p /run/systemd/nspawn
  mount -t tmpfs tmpfs /run/systemd/nspawn
  mount -t overlay overlay \
    -o "lowerdir=$(<"$node/lower"),upperdir=$disk/upper,workdir=$disk/work" "$disk/root"
  # nspawn asks to be run again by this code when the node reboots
  code=133
  while ((code == 133)); do
    code=0
    (
      process_mark "$BASHPID" >"$node/nspawn"
      # A node has cgroup v2, as real ones do, even where the host has v1 (Debian 13 insists on it).
      SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 exec nsenter --net="/run/netns/$NETNS" systemd-nspawn \
        --directory="$disk/root" --machine="ek-$LAB_ID-$name" --hostname="$name" --boot \
        --register=no --keep-unit --network-bridge=bridge \
        --capability=CAP_NET_ADMIN,CAP_NET_RAW --console=pipe --link-journal=no \
        --resolv-conf=off --timezone=off
    ) || code=$?
  done
  return "$code"
}

# Where a group of processes can be made: the v2 hierarchy, and systemd's own one on a v1 host.
cgroup_hierarchies() {
  local folder
  for folder in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
    [[ ! -e $folder/cgroup.procs ]] || echo "$folder"
  done
}

# Removes the (empty) groups of one node, or of the whole lab.
remove_cgroups() {
  local hierarchy
  for hierarchy in $(cgroup_hierarchies); do
    [[ ! -d $hierarchy/evenkeel-lab/$LAB_ID/${1:-} ]] ||
      find "$hierarchy/evenkeel-lab/$LAB_ID/${1:-}" -depth -type d -exec rmdir {} + 2>/dev/null || true
    rmdir -- "$hierarchy/evenkeel-lab" 2>/dev/null || true
  done
}

# The pids in the lab's control groups: only what the lab started can be there.
lab_pids() {
  local hierarchy
  for hierarchy in $(cgroup_hierarchies); do
    [[ ! -d $hierarchy/evenkeel-lab/$LAB_ID ]] ||
      find "$hierarchy/evenkeel-lab/$LAB_ID" -name cgroup.procs -exec cat {} + 2>/dev/null || true
  done | sort -u
}

kill_lab_processes() {
  local name pid pids
  # A runner ends by itself when its node does, and reaps it.
  for name in $(node_names); do
    ! pid=$(leader "$name") || kill -KILL "$pid" 2>/dev/null || true
  done
  wait_for 5 no_node_runs || true
  wait_for "$STOP_SECONDS" no_lab_processes || {
    pids=$(lab_pids)
    die "these processes of the lab do not end: ${pids//$'\n'/ }"
  }
  remove_cgroups
  rmdir /run/systemd/nspawn /run/systemd 2>/dev/null || true
}

no_node_runs() {
  local name
  for name in $(node_names); do
    ! node_runs "$name" || return 1
  done
}

no_lab_processes() {
  local pids
  pids=$(lab_pids)
  [[ -n $pids ]] || return 0
  # shellcheck disable=SC2086 # a list of words
  kill -KILL $pids 2>/dev/null || true
  return 1
}

lab_exec() {
  need_node "${1:-}"
  local name=$1 pid
  shift
  [[ ${1:-} != -- ]] || shift
  (($#)) || die "exec: which command? See lab --help"
  pid=$(leader "$name") || die "$name is not running: lab start $name"
  enter "$pid" "$@"
}

lab_push() {
  (($# == 3)) || die "push takes NODE SRC DEST: see lab --help"
  need_node "$1"
  local name=$1 source=$2 dest=$3 pid
  pid=$(leader "$name") || die "$name is not running: lab start $name"
  if [[ -d $source ]]; then
    # shellcheck disable=SC2016 # for the node's shell
    tar -C "$source" --owner=0 --group=0 --numeric-owner -cf - . |
      (enter "$pid" sh -c 'mkdir -p "$1" && exec tar -C "$1" --no-overwrite-dir -xf -' sh "$dest")
  elif [[ -f $source ]]; then
    # shellcheck disable=SC2016 # for the node's shell
    (enter "$pid" sh -c 'set -e; dest=$1
      if [ -d "$dest" ]; then dest=$dest/$2; fi
      case $dest in */) mkdir -p "$dest"; dest=$dest$2 ;; esac
      mkdir -p "$(dirname "$dest")"
      cat >"$dest.lab-push"; chmod "$3" "$dest.lab-push"; mv -T "$dest.lab-push" "$dest"' \
      sh "$dest" "$(basename -- "$source")" "$(stat -L -c %a -- "$source")") <"$source"
  else
    die "push: $source is neither a file nor a folder"
  fi
}

lab_start() {
  need_node "${1:-}"
  hold_lock "$STATE.lock"
  network_up
  node_runs "$1" || launch_node "$1"
  wait_running "$1"
}

lab_stop() {
  need_node "${1:-}"
  local name=$1 how=${2:-} pid
  [[ $how == '' || $how == --kill ]] || die "stop: unknown argument \"$how\": see lab --help"
  hold_lock "$STATE.lock"
  if pid=$(leader "$name"); then
    if [[ -z $how ]]; then
      # systemd(1): RTMIN+4 powers off
      kill -s RTMIN+4 "$pid" 2>/dev/null || true
      wait_for "$STOP_SECONDS" is_gone "$name" || say "$name did not power off in $STOP_SECONDS s: cutting its power"
    fi
    kill -KILL "$pid" 2>/dev/null || true
  fi
  if ! wait_for 10 is_gone "$name"; then
    # nspawn itself hangs, or the node never got as far as systemd
    local part
    for part in runner nspawn; do
      ! pid=$(recorded_pid "$name" "$part") || kill -KILL "$pid" 2>/dev/null || true
    done
    wait_for 10 is_gone "$name" || die "$name does not end"
  fi
  remove_cgroups "$name"
}

lab_reboot() {
  need_node "${1:-}"
  local name=$1 pid
  pid=$(leader "$name") || die "$name is not running: lab start $name"
  # systemd(1): RTMIN+5 reboots
  kill -s RTMIN+5 "$pid"
  wait_running "$name" "$pid"
}
