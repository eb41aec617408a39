/** Where things are on a node (README lists them). Tests pass their own. */
export interface Paths {
  readonly config: string
  /** State that survives a reboot: mirror, releases, state.json, history.jsonl. */
  readonly state: string
  /** State that a reboot ends: the lock, the control socket. */
  readonly run: string
  /** What keepalived tracks, and the heartbeat. Made by tmpfiles.d (role keepalived): it outlives the agent. */
  readonly vrrp: string
  /** The roles that come with the program. */
  readonly builtInRoles: string
}

/** Fixed, since keepalived.conf names it. */
export const vrrpFolder = '/run/evenkeel-vrrp'

/** @param program the folder that holds the program's `roles/` */
export function nodePaths(program: string): Paths {
  return {
    config: '/etc/evenkeel/agent.yml',
    state: '/var/lib/evenkeel',
    run: '/run/evenkeel',
    vrrp: vrrpFolder,
    builtInRoles: `${program}/roles`,
  }
}
