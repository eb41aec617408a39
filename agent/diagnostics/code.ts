/**
 * Every code of a warning, and of a check that refuses a commit, with what it means: a line of the README's table.
 * Metrics, notifications, scripts and tests hang on them: one that was published keeps its meaning.
 */
export const codes = {
  // The agent
  'change-recovered': 'a change that a crash had cut short was rolled back, or finished',
  'config-wrong': '`agent.yml` is wrong, and what it said before stays in force',
  'daemon-needed': 'this node shares VIPs, and converges on schedule without the daemon',
  'disable-expired': 'the time for which this node was disabled is over',
  'evidence-unserved': "peers can't ask this node for its evidence",
  'fact-lost':
    'this node has lost a fact, such as its default route; its value of the last good run is used',
  'files-unwatched': 'hand edits are found by the schedule alone',
  'firewall-unwatched': 'changes of the firewall by others are found by the schedule alone',
  'hostname-lost':
    'no host of the inventory has the name of this node; it goes on as the one that it was',
  'node-disabled': 'an operator has disabled this node (`plan` says so)',
  'peer-silent': 'a peer gives no evidence',
  'recovery-incomplete':
    'a change that was cut short could not be rolled back, or finished, in full; the next run tries again',
  'state-unwritten':
    'what this node remembers could not be written: a disk that is full, or read-only',

  // The config repo
  'mirror-rebuilt': 'what was fetched before was damaged, and was fetched anew',
  'release-rebuilt': 'a release on this node was damaged, and was made anew',
  'remote-unreachable':
    "the config repo can't be asked, or fetched from; the last good release stays in force",

  // The inventory
  'inventory-file-ignored': 'a file or folder that looks like a part of the inventory is not read',
  'inventory-priority-ignored': '`ansible_group_priority` has no effect in `group_vars`',
  'inventory-shared-name': 'a host and a group have the same name',

  // Checks of the desired state
  'bind-twice': 'haproxy is to listen twice on one address and port',
  'check-twice': 'a section of haproxy has two types of check, of which one counts',
  'address-invalid': 'what looks like an address is none',
  'equal-priorities': 'two hosts have the same priority in a VRRP instance',
  'firewall-drops': 'the firewall would drop, or may drop, what the pair needs',
  'name-twice': 'two sections, servers of a backend or VRRP instances have the same name',
  'no-vrrp-instance': 'keepalived has no instance, and would hold no VIP',
  'peer-is-self': 'a unicast peer is the node itself',
  'peer-key': "`evenkeel_peer_key` is missing, is not the peer's, or is that of the sample",
  'peer-refuses': 'a peer would refuse this commit',
  'track-own-interface': 'a VRRP instance tracks its own interface, which it follows anyway',
  'vip-no-host':
    'a VIP is the address of a network, a broadcast address, or another one that no host has',
  'vip-prefix-length': 'a VIP could become the address that the node itself sends from',
  'vip-taken': 'a VIP is an address of a host of the inventory, or of the gateway',
  'vip-twice': 'a VIP is in two VRRP instances, or twice in one',
  'vip-untracked': 'VIPs do not follow the haproxy that a role of your own runs',
  'vrrp-address-name': 'adverts are to go from or to a name, and need an address',
  'vrrp-password': 'a VRRP password is longer than what is used of it, or has no effect',

  // Checks of the node
  'haproxy-address-missing': 'haproxy is to bind an address that this node does not have',
  'haproxy-folders': 'a folder that haproxy needs at its start is missing, or is not safe',
  'haproxy-open-files': 'haproxy may not open as many files as its `maxconn` needs',
  'haproxy-port-held': 'another process holds a port that haproxy is to bind',
  'keepalived-address': 'an address of a VRRP instance does not fit those of this node',
  'keepalived-script-fails': "a script that keepalived calls can't be started",
  'keepalived-track-folder': 'the folder of a file that keepalived tracks is missing',
  'keepalived-wire-change':
    'what all nodes of a VRRP instance must agree on would change on this one alone',
  'keepalived-wire':
    'a node on the network would not get along with a VRRP instance, or has one of its VIPs',
  'rsyslog-input': "rsyslog can't listen where it is told to",
  'rsyslog-output': "rsyslog can't write where it is told to",

  // The health gate, and the watch
  'backend-down': 'a backend has no server that is up',
  'backend-unproven': 'no server of a backend has passed a check since the change',
  'files-replaced':
    'haproxy or keepalived still runs a program or library that an upgrade has replaced',
  'haproxy-bind-closed': 'haproxy does not listen on one of its addresses',
  'haproxy-config-not-loaded': 'haproxy runs another configuration than the one on disk',
  'haproxy-down': 'haproxy does not run, or does not answer',
  'haproxy-saturated': 'haproxy has reached its `maxconn`, and clients wait',
  'haproxy-servers-unknown': 'haproxy does not list its servers',
  'keepalived-config-not-loaded': 'keepalived runs another configuration than the one on disk',
  'keepalived-down': 'keepalived does not run',
  'keepalived-silent': 'keepalived runs, but does not report its state',
  'keepalived-untold': "the watch can't write the files that keepalived tracks",
  'peer-lost': 'a peer that answered before the change no longer does',
  'remote-lost': 'the config repo, in reach before the change, no longer is',
  'server-down': 'a server is not up, while its backend has others',
  'vip-primary': 'connections of this node leave from a VIP instead of its own address',
  'traffic-dropped': "a firewall rule that is not Evenkeel's drops what this node serves",
  'vip-misplaced': 'a VIP is not where the state of its VRRP instance says',
  'vrrp-adverts-missing': 'a BACKUP hears too few adverts of its master, or none',
  'vrrp-adverts-refused': "the peer's adverts have other VIPs, or another password",
  'vrrp-fault': 'a VRRP instance is in FAULT, or has not begun',
  'vrrp-moved': 'a VRRP instance became MASTER or BACKUP during the run',
  'vrrp-two-masters': 'a VRRP instance is MASTER here and on another node',
  'vrrp-unproven': 'a MASTER was seen for too short a time to rule out a second one',
  'watch-blind': 'the watch could not look at haproxy and keepalived',
} as const satisfies Readonly<Record<string, string>>

/** Stable, in kebab case. One that is not listed does not compile. */
export type Code = keyof typeof codes

/** How much a warning matters. `notice`: it has put itself right. */
export type Severity = 'warning' | 'notice'

const notices: ReadonlySet<Code> = new Set<Code>([
  'change-recovered',
  'disable-expired',
  'mirror-rebuilt',
  'release-rebuilt',
])

export function severityOf(code: Code): Severity {
  return notices.has(code) ? 'notice' : 'warning'
}
