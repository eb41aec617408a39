# shellcheck shell=bash
# Each node has a control group of its own (evenkeel-lab/ID/NODE). It is the record of what the lab
# started: the kernel keeps it, so it is right after a crash, and a pid in it is never a stranger's.

# The v2 hierarchy, which is a folder of its own on a host with v1.
cgroup_v2() {
  local folder
  for folder in /sys/fs/cgroup /sys/fs/cgroup/unified; do
    if [[ -e $folder/cgroup.controllers ]]; then
      echo "$folder"
      return
    fi
  done
  return 1
}

# Where a node gets a group: v2, and systemd's own hierarchy on a host with v1, as nspawn uses both.
cgroup_hierarchies() {
  cgroup_v2
  [[ ! -e /sys/fs/cgroup/systemd/cgroup.procs ]] || echo /sys/fs/cgroup/systemd
}

make_groups() {
  local hierarchy
  for hierarchy in $(cgroup_hierarchies); do mkdir -p -- "$hierarchy/evenkeel-lab/$LAB_ID/$1"; done
}

# Moves the calling shell into the groups of a node.
join_groups() {
  local hierarchy
  for hierarchy in $(cgroup_hierarchies); do
    echo $$ >"$hierarchy/evenkeel-lab/$LAB_ID/$1/cgroup.procs"
  done
}

# Prints the pids of one node, or of the whole lab.
group_pids() {
  local hierarchy
  for hierarchy in $(cgroup_hierarchies); do
    [[ ! -d $hierarchy/evenkeel-lab/$LAB_ID/${1:-} ]] ||
      find "$hierarchy/evenkeel-lab/$LAB_ID/${1:-}" -name cgroup.procs -exec cat {} + 2>/dev/null || true
  done | sort -u
}

group_is_empty() {
  [[ -z $(group_pids "${1:-}") ]]
}

# Kills what is in the group and tells whether it was empty.
kill_group() {
  local pids
  pids=$(group_pids "${1:-}")
  [[ -n $pids ]] || return 0
  # shellcheck disable=SC2086 # a list of words
  kill -KILL $pids 2>/dev/null || true
  return 1
}

remove_groups() {
  local hierarchy
  for hierarchy in $(cgroup_hierarchies); do
    [[ ! -d $hierarchy/evenkeel-lab/$LAB_ID/${1:-} ]] ||
      find "$hierarchy/evenkeel-lab/$LAB_ID/${1:-}" -depth -type d -exec rmdir {} + 2>/dev/null || true
    rmdir -- "$hierarchy/evenkeel-lab" 2>/dev/null || true
  done
}

# Prints the pid of the node's systemd. It is alone in init.scope, from early in its boot on.
leader() {
  local pid
  local -a pids
  mapfile -t pids < <(cat "$(cgroup_v2)/evenkeel-lab/$LAB_ID/$1/payload/init.scope/cgroup.procs" 2>/dev/null)
  for pid in "${pids[@]}"; do
    if grep -qs $'^NSpid:.*\t1$' "/proc/$pid/status"; then
      echo "$pid"
      return
    fi
  done
  return 1
}
