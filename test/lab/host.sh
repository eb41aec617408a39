# shellcheck shell=bash
# What the lab asks of the host: tools, locks, its package mirror.

die() {
  echo "lab: $*" >&2
  exit 1
}

say() {
  echo "lab: $*" >&2
}

# Installs the host's missing tools; no service is started by any of these packages.
install_prerequisites() {
  if [[ $(missing_packages) ]]; then
    # labs that start at the same time would have apt-get refuse all but one
    (
      hold_lock "$CACHE/.lock-host" 8
      # shellcheck disable=SC2046 # a list of words
      install_packages $(missing_packages) 8>&-
    )
  fi
  cgroup_v2 >/dev/null || die "this host has no cgroup v2 mounted below /sys/fs/cgroup"
  grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null || die "this kernel has no overlayfs"
}

# Prints the packages of the tools that the host lacks.
missing_packages() {
  local pair
  for pair in debootstrap:debootstrap systemd-nspawn:systemd-container ip:iproute2 \
    iptables:iptables nsenter:util-linux unshare:util-linux flock:util-linux \
    git:git ssh-keygen:openssh-client tar:tar; do
    command -v "${pair%%:*}" >/dev/null || echo "${pair#*:}"
  done
  [[ -e /usr/share/keyrings/debian-archive-keyring.gpg ]] || echo debian-archive-keyring
}

install_packages() {
  (($#)) || return 0
  command -v apt-get >/dev/null || die "install these first: $*"
  say "installing $* on the host"
  local log
  log=$(mktemp)
  if ! apt_install "$@" >"$log" 2>&1 && ! { apt-get update && apt_install "$@"; } >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    rm -f "$log"
    die "apt-get could not install $*"
  fi
  rm -f "$log"
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "$@"
}

# Holds a lock for as long as this shell lives, on descriptor 9 (or $2). Lock files are removed
# when nobody needs them any more, so one that vanished while we waited is taken anew.
hold_lock() {
  local file=$1 fd=${2:-9}
  while :; do
    mkdir -p -- "${file%/*}"
    eval "exec $fd>>\"\$file\""
    flock -w 1200 "$fd" || die "another lab command has held $file for 20 minutes"
    [[ $(stat -c %i -- "$file" 2>/dev/null) != "$(stat -L -c %i "/proc/self/fd/$fd")" ]] || return 0
  done
}

release_lock() {
  eval "exec ${1:-9}>&-"
}

check_release() {
  [[ $1 =~ ^(bookworm|trixie)$ ]] || die "release is \"$1\": use bookworm or trixie"
}

# Prints the archive ($1: main or security) to install the release $2 from: the host's own if it
# has that release, else deb.debian.org; fails if neither has it.
mirror_for() {
  local kind=$1 suite=$2 filter candidate
  local -a candidates=()
  if [[ $kind == security ]]; then
    filter='\-security$' suite=$2-security
    candidates=(http://deb.debian.org/debian-security)
  else
    filter='^[a-z]+$'
    candidates=(http://deb.debian.org/debian)
  fi
  while read -r candidate; do
    candidates=("${candidate%/}" "${candidates[@]}")
  done < <(
    # shellcheck disable=SC2016 # for apt-get
    apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
      awk -v filter="$filter" '$1 ~ filter && $2 ~ /\/debian(-security)?(\/|$)/ { print $2 }' | sort -u
  )
  for candidate in "${candidates[@]}"; do
    if has_suite "$candidate" "$suite"; then
      echo "$candidate"
      return
    fi
  done
  return 1
}

has_suite() {
  local file
  file=$(mktemp)
  local found=0
  timeout 60 /usr/lib/apt/apt-helper -o Acquire::Retries=2 -o Acquire::http::Timeout=15 \
    download-file "$1/dists/$2/InRelease" "$file" >/dev/null 2>&1 || found=1
  rm -f -- "$file" "$file".*
  return "$found"
}

# The host's settings without which its mirror may not answer (a proxy, a snapshot's old dates).
apt_settings() {
  local shell_proxy=${http_proxy:-}
  apt-config dump 2>/dev/null | grep -E '^Acquire::(https?::Proxy|Check-Valid-Until|Check-Date) "[^"]' || true
  [[ -z $shell_proxy ]] || echo "Acquire::http::Proxy \"$shell_proxy\";"
}

# Name servers that a node can reach: not the loopback stub of systemd-resolved.
write_resolv_conf() {
  local source=/etc/resolv.conf
  if grep -q '^nameserver 127\.0\.0\.53' /etc/resolv.conf && [[ -e /run/systemd/resolve/resolv.conf ]]; then
    source=/run/systemd/resolve/resolv.conf
  fi
  # cat, as resolv.conf is often a link
  rm -f -- "$1"
  cat -- "$source" >"$1"
}
