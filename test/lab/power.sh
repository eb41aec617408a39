# shellcheck shell=bash
# A node's life: boot, reboot, power off, power cut. Its runner is a shell in a private mount
# namespace, where the node's disk is mounted: no mount is left on the host whatever happens.

# Only a node that hangs takes as long as these, on a busy machine too.
BOOT_SECONDS=300
STOP_SECONDS=300

launch_node() {
  local name=$1 node=$STATE/nodes/$1
  make_groups "$name"
  EVENKEEL_LAB=$LAB_ID EVENKEEL_LAB_CACHE=$CACHE \
    setsid unshare --mount --propagation slave bash "$LAB_DIR/lab" _run-node "$name" \
    </dev/null >"$node/console.log" 2>&1 7>&- 8>&- 9>&- &
  wait_for 60 node_runs "$name" || die "$name does not start: see $node/console.log"
}

# The runner of a node: ends when the node is powered off.
run_node() {
  local name=$1 disk=$DISKS/$1 code=133
  # before anything else, so that the kernel knows all that belongs to this node
  join_groups "$name"
  # nspawn leaves its folders behind where /run is no tmpfs
  mkdir -p /run/systemd/nspawn
  mount -t tmpfs tmpfs /run/systemd/nspawn
  mount -t overlay overlay \
    -o "lowerdir=$(<"$STATE/nodes/$name/lower"),upperdir=$disk/upper,workdir=$disk/work" "$disk/root"
  # 133 is nspawn's way to ask to be run again, because the node reboots
  while ((code == 133)); do
    code=0
    # A node has cgroup v2, as real ones do, even where the host has v1 (Debian 13 insists on it).
    SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 nsenter --net="/run/netns/$NETNS" systemd-nspawn \
      --directory="$disk/root" --machine="ek-$LAB_ID-$name" --hostname="$name" --boot \
      --register=no --keep-unit --network-bridge=bridge \
      --capability=CAP_NET_ADMIN,CAP_NET_RAW --console=pipe --link-journal=no \
      --resolv-conf=off --timezone=off || code=$?
  done
  return "$code"
}

node_runs() {
  ! group_is_empty "$1"
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

# True when the wait for a boot is over. $2: the pid of a systemd that is going away.
has_booted_or_ended() {
  local pid
  node_runs "$1" || return 0
  pid=$(leader "$1") || return 1
  [[ $pid != "${2:-}" && $(node_state "$pid") =~ ^(running|degraded)$ ]]
}

wait_booted() {
  local log=$STATE/nodes/$1/console.log
  if ! wait_for "$BOOT_SECONDS" has_booted_or_ended "$@"; then
    tail -n 5 "$log" >&2 || true
    die "$1 is not up after $BOOT_SECONDS s: see $log"
  elif ! node_runs "$1"; then
    tail -n 5 "$log" >&2 || true
    die "$1 ended instead of booting: see $log"
  fi
}

# Kills a node's systemd; its runner then ends by itself and reaps nspawn. Whatever does not end so
# is killed too.
cut_power() {
  local name pid
  for name in "$@"; do
    ! pid=$(leader "$name") || kill -KILL "$pid" 2>/dev/null || true
  done
  for name in "$@"; do
    wait_for 5 group_is_empty "$name" || wait_for 60 kill_group "$name" ||
      die "these processes of $name do not end: $(group_pids "$name" | paste -sd' ' -)"
    remove_groups "$name"
  done
}

lab_start() {
  need_node "${1:-}"
  hold_lock "$STATE.lock"
  network_up
  node_runs "$1" || launch_node "$1"
  wait_booted "$1"
}

lab_stop() {
  need_node "${1:-}"
  local name=$1 how=${2:-} pid
  [[ $how == '' || $how == --kill ]] || die "stop: unknown argument \"$how\": see lab --help"
  hold_lock "$STATE.lock"
  if [[ -z $how ]] && pid=$(leader "$name"); then
    # systemd(1): RTMIN+4 powers off
    kill -s RTMIN+4 "$pid" 2>/dev/null || true
    wait_for "$STOP_SECONDS" group_is_empty "$name" ||
      say "$name did not power off in $STOP_SECONDS s: cutting its power"
  fi
  cut_power "$name"
}

lab_reboot() {
  need_node "${1:-}"
  local name=$1 pid
  pid=$(need_leader "$name")
  # systemd(1): RTMIN+5 reboots
  kill -s RTMIN+5 "$pid"
  wait_booted "$name" "$pid"
}
