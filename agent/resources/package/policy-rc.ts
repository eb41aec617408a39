import type { System } from '../../system/system.ts'

/**
 * Asked by invoke-rc.d and deb-systemd-invoke, with the name of a service and what is to be done to it: 0 allows,
 * 101 forbids (/usr/share/doc/init-system-helpers/README.policy-rc.d).
 */
const policy = '/usr/sbin/policy-rc.d'
/** The node's own policy while ours is in place. */
const saved = '/usr/sbin/policy-rc.d.before-evenkeel'
const mark = '# evenkeel: no service is started while packages are installed'
const variable = 'EVENKEEL_INSTALLS'

/**
 * Environment of the installations that the policy is for. It reaches the policy through apt-get, dpkg and a
 * package's scripts, and nobody else has it: somebody's upgrade at the same time may restart what it likes.
 */
export const installing = { [variable]: '1' }

/**
 * What runs already may be restarted: dpkg also finishes upgrades that it was interrupted in, and a service that
 * is not restarted then goes on with files that are gone.
 */
const ours = new TextEncoder().encode(`#!/bin/sh
${mark}
if [ -n "$${variable}" ]; then
  case $2 in
    restart) systemctl is-active --quiet "$1" || exit 101 ;;
    *) exit 101 ;;
  esac
fi
[ ! -x ${saved} ] || exec ${saved} "$@"
exit 0
`)

type Files = Pick<System, 'stat' | 'readFile' | 'writeFile' | 'remove'>

/** True when an interrupted run left our policy in place. */
export async function hasLeftover(system: Pick<System, 'readFile'>): Promise<boolean> {
  return isOurs(await system.readFile(policy))
}

/**
 * Lets an installation that has {@link installing} in its environment start no services. The node's own policy is put back afterwards,
 * whatever happened, and so is one that an interrupted run had set aside.
 */
export async function withoutServiceStarts(
  system: Files,
  install: () => Promise<void>,
): Promise<void> {
  await restorePolicy(system)
  const own = await system.readFile(policy)
  const stat = await system.stat(policy)
  if (own !== null && stat !== null) await system.writeFile(saved, { ...stat, content: own })
  await system.writeFile(policy, { content: ours, mode: 0o755, owner: 'root', group: 'root' })
  try {
    await install()
  } finally {
    await restorePolicy(system)
  }
}

/** Leaves the node's own policy, if it has one, and nothing of ours. Safe to interrupt and to repeat. */
export async function restorePolicy(system: Files): Promise<void> {
  if (isOurs(await system.readFile(policy))) {
    const own = await system.readFile(saved)
    const stat = await system.stat(saved)
    if (own !== null && stat !== null) await system.writeFile(policy, { ...stat, content: own })
    else await system.remove(policy)
  }
  await system.remove(saved)
}

function isOurs(content: Uint8Array | null): boolean {
  return content !== null && new TextDecoder().decode(content).includes(mark)
}
