# shellcheck shell=bash
# The Git remote on node git: bare repos below /srv/git, by ssh (user git, a key of this lab that
# every other node has) and by git:// (read only).

# In the image's layer: everything that is the same in every lab.
configure_git_layer() {
  local root=$1
  chroot "$root" useradd --system --home-dir /srv/git --create-home --shell /usr/bin/git-shell --password '*' git
  printf '%s\n' 'Match User git' '  AuthorizedKeysFile /etc/ssh/git_authorized_keys' \
    >"$root/etc/ssh/sshd_config.d/git.conf"
  cat >"$root/etc/systemd/system/git-daemon.service" <<'UNIT'
[Unit]
Description=Bare repositories below /srv/git by git://
After=network.target
[Service]
User=git
ExecStart=/usr/bin/git daemon --reuseaddr --export-all --base-path=/srv/git /srv/git
Restart=always
[Install]
WantedBy=multi-user.target
UNIT
  systemctl --root="$root" enable git-daemon.service
}

make_keys() {
  [[ -e $STATE/git_key ]] || ssh-keygen -q -t ed25519 -N '' -C "evenkeel-lab-$LAB_ID" -f "$STATE/git_key"
  [[ -e $STATE/git_host_key ]] || ssh-keygen -q -t ed25519 -N '' -C git -f "$STATE/git_host_key"
}

# Host key, and the way to node git, on the disk of a node that has not booted yet.
install_keys() {
  local name=$1 disk=$2
  if [[ $name == git ]]; then
    install -m 600 "$STATE/git_host_key" "$disk/etc/ssh/ssh_host_ed25519_key"
    install -m 644 "$STATE/git_host_key.pub" "$disk/etc/ssh/ssh_host_ed25519_key.pub"
    install -m 644 "$STATE/git_key.pub" "$disk/etc/ssh/git_authorized_keys"
    return
  fi
  ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$disk/etc/ssh/ssh_host_ed25519_key"
  install -d -m 700 "$disk/root" "$disk/root/.ssh"
  install -m 600 "$STATE/git_key" "$disk/root/.ssh/id_ed25519"
  install -m 644 "$STATE/git_key.pub" "$disk/root/.ssh/id_ed25519.pub"
  echo "git,$(address_of git) $(cut -d' ' -f1,2 "$STATE/git_host_key.pub")" >"$disk/root/.ssh/known_hosts"
}

ensure_repo() {
  [[ ${1:-} =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ ]] || die "\"${1:-}\" is no name for a repo"
  need_node git
  local pid
  pid=$(need_leader git)
  # shellcheck disable=SC2016 # for the node's shell
  (enter "$pid" runuser -u git -- sh -c \
    'test -d "$1" || exec git init -q --bare --initial-branch=main "$1"' sh "/srv/git/$1.git")
}

lab_repo() {
  ensure_repo "$@"
  echo "ssh://git@git/srv/git/$1.git"
  echo "git://git/$1.git"
}

lab_push_repo() {
  (($# == 2 || $# == 3)) || die "push-repo takes NAME DIR [BRANCH]: see lab --help"
  local name=$1 folder=$2 branch=${3:-main}
  git -C "$folder" rev-parse -q --verify HEAD >/dev/null || die "push-repo: $folder has no commit to push"
  ensure_repo "$name"
  # "% " is a space in a command of git-remote-ext
  EVENKEEL_LAB=$LAB_ID git -C "$folder" -c protocol.ext.allow=always push --quiet \
    "ext::${LAB_DIR// /% }/lab exec git -- runuser -u git -- git receive-pack /srv/git/$name.git" \
    "+HEAD:refs/heads/$branch"
}
