# shellcheck shell=bash
# The images below the cache: a bare Debian of each release, and thin layers on it (`tools` for
# `lab tool`, `git` for the node git), each an overlay's upper folder. An image is built under
# another name and renamed when it is good, so a build that was interrupted is never used.

# Raise it when a build below changes; the lists of packages count by themselves.
IMAGE_RECIPE=1
# What a bare Debian server has and the minimal variant lacks.
BARE_PACKAGES=systemd,systemd-sysv,dbus,libpam-systemd,iproute2,iputils-ping,netbase,procps,openssh-server,openssh-client,ca-certificates,curl,cron,less
# Downloaded into the image, not installed, so that installs in a node are quick.
CACHED_PACKAGES='haproxy keepalived iptables nftables rsyslog logrotate git nginx-light procps openssl iproute2'
TOOLS_PACKAGES='haproxy keepalived iptables nftables rsyslog logrotate procps iproute2 openssl'
GIT_PACKAGES='git'
# Older images are rebuilt: their package lists name versions that the mirror no longer has.
IMAGE_DAYS=14

# Path of an image: base, tools or git. Its name carries the recipe, so another recipe is another image.
image_path() {
  local recipe
  recipe=$(cksum <<<"$IMAGE_RECIPE $BARE_PACKAGES $CACHED_PACKAGES $TOOLS_PACKAGES $GIT_PACKAGES")
  echo "$CACHE/$1-${recipe%% *}/$2"
}

# The lower folders of a node or tool, top first.
lower_dirs() {
  local release=$1 layer=$2
  if [[ $layer == base ]]; then
    image_path "$release" base
  else
    echo "$(image_path "$release" "$layer"):$(image_path "$release" base)"
  fi
}

ensure_image() {
  local release=$1 layer=$2 path
  path=$(image_path "$release" "$layer")
  if [[ -d $path ]] && ! image_is_old "$release"; then return; fi
  (
    release_lock 9
    hold_lock "$CACHE/.lock-$release" 8
    if [[ -d $path ]] && ! image_is_old "$release"; then exit; fi
    if image_is_old "$release"; then
      say "the $release image is older than $IMAGE_DAYS days: building it anew"
      rm -rf -- "${path%/*}"
    fi
    [[ $layer == base || -d ${path%/*}/base ]] || build_image "$release" base
    [[ -d $path ]] || build_image "$release" "$layer"
  )
  [[ -d $path ]] || die "no $layer image of $release: see ${path%/*}/$layer.log"
}

# An old image is only replaced while no node of any lab can be using it, and a mirror answers.
image_is_old() {
  local base
  base=$(image_path "$1" base)
  [[ -d $base && -n $(find "$base" -maxdepth 0 -mtime "+$IMAGE_DAYS") ]] || return 1
  ! compgen -G "$STATE_ROOT/*/nodes/*" >/dev/null || return 1
  mirror_for main "$1" >/dev/null
}

build_image() {
  local release=$1 layer=$2 folder log building
  folder=$(dirname -- "$(image_path "$release" "$layer")")
  log=$folder/$layer.log
  building=$folder/.building-$layer
  mkdir -p -- "$folder"
  find "$CACHE" -maxdepth 1 -name "$release-*" ! -path "$folder" -mtime "+$IMAGE_DAYS" -exec rm -rf {} +
  rm -rf -- "$building"
  say "building the $layer image of $release (its log: $log)"
  # In namespaces of its own, so that no mount and no process outlives an interrupted build.
  if ! setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --propagation slave \
    timeout 2400 bash "$LAB_DIR/lab" _build "$release" "$layer" "$building" >"$log" 2>&1 8>&-; then
    tail -n 5 "$log" >&2
    rm -rf -- "$building"
    die "could not build the $layer image of $release: see $log"
  fi
  mv -T -- "$building/image" "$folder/$layer"
  rm -rf -- "$building"
}

build_in_namespace() {
  local release=$1 layer=$2 building=$3
  mkdir -p -- "$building/image"
  if [[ $layer == base ]]; then
    build_base "$release" "$building/image"
  else
    build_layer "$release" "$layer" "$building"
  fi
}

build_base() {
  local release=$1 root=$2 mirror security
  mirror=$(mirror_for main "$release") || { echo "no mirror has $release" && exit 1; }
  debootstrap --variant=minbase --include="$BARE_PACKAGES" \
    --keyring=/usr/share/keyrings/debian-archive-keyring.gpg "$release" "$root" "$mirror"
  write_sources "$release" "$mirror" "$root"
  if security=$(mirror_for security "$release"); then
    write_source "$root" security "$security" "$release-security"
  fi
  {
    apt_settings
    echo 'Acquire::Languages "none";'
    echo 'APT::Keep-Downloaded-Packages "true";'
    echo 'Binary::apt::APT::Keep-Downloaded-Packages "true";'
  } >"$root/etc/apt/apt.conf.d/90lab"
  write_resolv_conf "$root/etc/resolv.conf"
  if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then
    cp -- /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/"
    chroot "$root" update-ca-certificates
  fi
  forbid_services "$root"
  mount -t proc proc "$root/proc"
  in_image "$root" apt-get update
  in_image "$root" apt-get -y dist-upgrade
  in_image "$root" apt-get clean
  # shellcheck disable=SC2086 # a list of words
  in_image "$root" apt-get -y --download-only install $CACHED_PACKAGES
  umount "$root/proc"
  allow_services "$root"
  # apt's timers would start work of their own in the middle of a test
  systemctl --root="$root" mask apt-daily.timer apt-daily-upgrade.timer
  systemctl --root="$root" enable systemd-networkd.service
  # every node gets its own
  rm -f -- "$root"/etc/ssh/ssh_host_* "$root/etc/machine-id" "$root/etc/hostname" "$root/etc/resolv.conf"
}

write_sources() {
  local release=$1 mirror=$2 root=$3 suites=$1
  if has_suite "$mirror" "$release-updates"; then suites+=" $release-updates"; fi
  rm -f -- "$root/etc/apt/sources.list"
  write_source "$root" debian "$mirror" "$suites"
}

write_source() {
  printf '%s\n' 'Types: deb' "URIs: $3" "Suites: $4" 'Components: main' \
    'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' >"$1/etc/apt/sources.list.d/$2.sources"
}

build_layer() {
  local release=$1 layer=$2 building=$3 root=$3/root packages=TOOLS_PACKAGES
  [[ $layer == tools ]] || packages=GIT_PACKAGES
  mkdir -p -- "$building/work" "$root"
  mount -t overlay overlay \
    -o "lowerdir=$(image_path "$release" base),upperdir=$building/image,workdir=$building/work" "$root"
  mount -t proc proc "$root/proc"
  write_resolv_conf "$root/etc/resolv.conf"
  forbid_services "$root"
  # shellcheck disable=SC2086 # a list of words
  in_image "$root" apt-get -y --no-install-recommends install ${!packages}
  [[ $layer != git ]] || configure_git_layer "$root"
  allow_services "$root"
  rm -f -- "$root/etc/resolv.conf"
  umount "$root/proc" "$root"
  # the base image's serves as well
  rm -f -- "$building"/image/var/cache/apt/*.bin
}

in_image() {
  local root=$1
  shift
  chroot "$root" env -i PATH="$NODE_PATH" HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

forbid_services() {
  printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
  chmod 755 "$1/usr/sbin/policy-rc.d"
}

allow_services() {
  rm -f -- "$1/usr/sbin/policy-rc.d"
}

lab_image() {
  local release
  (($#)) || set -- bookworm
  for release in "$@"; do check_release "$release"; done
  install_prerequisites
  for release in "$@"; do
    ensure_image "$release" base
    ensure_image "$release" git
    ensure_image "$release" tools
  done
}
