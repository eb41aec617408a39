# shellcheck shell=bash
# Commands and files into a node that runs.

NODE_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# Becomes CMD in the node whose systemd is pid $1. CMD dies with the caller (pdeathsig).
enter() {
  local pid=$1
  shift
  exec nsenter -t "$pid" -a -- setpriv --pdeathsig KILL \
    env -i -C /root PATH="$NODE_PATH" HOME=/root LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" "$@"
}

need_node() {
  [[ -n ${1:-} ]] || die "which node? See lab --help"
  [[ -d $STATE/nodes ]] || die "lab $LAB_ID is down: lab up"
  [[ -e $STATE/nodes/$1/release ]] ||
    die "lab $LAB_ID has no node \"$1\": it has $(node_names | paste -sd' ' -)"
}

# Prints the pid of the systemd of a node that must run.
need_leader() {
  leader "$1" || die "$1 is not running: lab start $1"
}

lab_exec() {
  need_node "${1:-}"
  local name=$1 pid
  shift
  [[ ${1:-} != -- ]] || shift
  (($#)) || die "exec: which command? See lab --help"
  pid=$(need_leader "$name")
  enter "$pid" "$@"
}

lab_push() {
  (($# == 3)) || die "push takes NODE SRC DEST: see lab --help"
  need_node "$1"
  local name=$1 source=$2 dest=$3 pid mode
  pid=$(need_leader "$name")
  if [[ -d $source ]]; then
    # shellcheck disable=SC2016 # for the node's shell
    tar -C "$source" --owner=0 --group=0 --numeric-owner -cf - . |
      (enter "$pid" sh -c 'mkdir -p "$1" && exec tar -C "$1" --no-overwrite-dir -xf -' sh "$dest")
  elif [[ -f $source ]]; then
    mode=$(stat -L -c %a -- "$source")
    # shellcheck disable=SC2016 # for the node's shell
    (enter "$pid" sh -c 'set -e; dest=$1
      if [ -d "$dest" ]; then dest=$dest/$2; fi
      case $dest in */) dest=$dest$2 ;; esac
      mkdir -p "$(dirname "$dest")"
      cat >"$dest.lab-push"; chmod "$3" "$dest.lab-push"; mv -T "$dest.lab-push" "$dest"' \
      sh "$dest" "${source##*/}" "$mode") <"$source"
  else
    die "push: $source is neither a file nor a folder"
  fi
}
