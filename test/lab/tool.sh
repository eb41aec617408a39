# shellcheck shell=bash
# `lab tool`: one command in a root made for it, in namespaces that vanish with it.

lab_tool() {
  local release=${1:-} argument
  check_release "$release"
  shift
  local -a options=()
  while (($#)) && [[ $1 != -- ]]; do
    argument=$1
    [[ $argument =~ ^--(tree|bind|dev)$ ]] || die "tool: unknown argument \"$argument\": see lab --help"
    [[ -n ${2:-} && $2 != -- ]] || die "tool: $argument needs a value"
    options+=("$argument" "$2")
    shift 2
  done
  (($# > 1)) || die "tool: which command? See lab --help"
  if [[ ! -d $(image_path "$release" tools) ]]; then
    install_prerequisites
    ensure_image "$release" tools
  fi
  mkdir -p -- "$CACHE/mount"
  exec unshare --mount --net --pid --ipc --uts --fork --kill-child --propagation private \
    bash "$LAB_DIR/lab" _tool "$release" "${options[@]}" "$@"
}

tool_in_namespace() {
  local release=$1 root=$CACHE/mount/root
  shift
  echo tool >/proc/sys/kernel/hostname
  # everything that is written goes to this tmpfs, which ends with the namespace
  mount -t tmpfs tmpfs "$CACHE/mount"
  mkdir "$CACHE"/mount/{upper,work,root}
  mount -t overlay overlay \
    -o "lowerdir=$(lower_dirs "$release" tools),upperdir=$CACHE/mount/upper,workdir=$CACHE/mount/work" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs tmpfs "$root/run"
  mkdir "$root/run/lock"
  echo tool >"$root/etc/hostname"
  echo '127.0.0.1 localhost tool' >"$root/etc/hosts"
  ip link set lo up
  add_device eth0
  add_device host0
  while [[ $1 != -- ]]; do
    case $1 in
      --tree) copy_tree "$2" "$root" ;;
      --bind) bind_read_only "${2%%:*}" "$root${2#*:}" ;;
      --dev) add_device "${2%%=*}" "$([[ $2 != *=* ]] || echo "${2#*=}")" ;;
    esac
    shift 2
  done
  shift
  # no exec: rsyslogd behaves otherwise when it is process 1
  env -i PATH="$NODE_PATH" HOME=/root LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" chroot "$root" "$@"
}

# An interface that is up, as keepalived looks for the ones that it is told of. A bridge without
# ports, because not every kernel has dummy devices.
add_device() {
  ip link show "$1" >/dev/null 2>&1 || ip link add "$1" type bridge
  ip link set "$1" up
  [[ -z ${2:-} ]] || ip address add "$2" dev "$1"
}

copy_tree() {
  [[ -d $1 ]] || die "tool: --tree $1 is no folder"
  tar -C "$1" --owner=0 --group=0 --numeric-owner -cf - . | tar -C "$2" --no-overwrite-dir -xf -
}

bind_read_only() {
  [[ -e $1 ]] || die "tool: --bind $1 does not exist"
  mkdir -p -- "$(dirname -- "$2")"
  if [[ -d $1 ]]; then mkdir -p -- "$2"; else touch -- "$2"; fi
  mount --bind -- "$1" "$2"
  mount -o remount,bind,ro "$2"
}
