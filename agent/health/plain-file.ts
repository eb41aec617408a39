import { dirname } from 'node:path'
import type { Planned } from '../plan/plan.ts'
import { copy } from '../resources/file/copy.ts'
import type { CopySpec } from '../resources/file/copy.ts'
import type { PathState } from '../resources/file/path-state.ts'
import type { Desired } from '../roles/resource.ts'

/** Where programs read files when they start or are told to, and at no other time. */
const ordinary = /^\/(etc|home|opt|root|srv|usr\/local|var\/local|var\/opt|var\/www)\//
/** Read by whoever looks up a name or an account, or by what sets up the network, the kernel and the units. */
const special =
  /^\/etc\/(host|resolv|nsswitch|gai|network|services|protocols|passwd|group|shadow|gshadow|pam|security|ld\.so|environment|netplan|NetworkManager|systemd|udev|mod|sysctl|iptables|nftables|ufw|firewalld|dhcp|dnsmasq|ppp|wireguard|bird|frr)/
/** What the gate looks at, and the agent itself. */
const watched = /haproxy|keepalived|vrrp|evenkeel/

/**
 * Whether a change of a file can't have changed what the gate looks at: no service reads the file, no other
 * file of the desired state names it or a folder of its own, and it is no program that somebody may call.
 * Handlers that it notifies, which do change something, are judged for themselves.
 */
export function isPlainFile({ resource, state }: Planned, { resources }: Desired): boolean {
  if (resource.kind !== copy) return false
  const { dest, mode } = resource.spec as CopySpec
  const { stat } = state as PathState
  if (!ordinary.test(dest) || special.test(dest) || watched.test(dest)) return false
  if (stat !== null && stat.type !== 'file') return false
  if (((mode | (stat?.mode ?? 0)) & 0o111) !== 0) return false
  const names = [dest, ...ownFolders(dirname(dest))]
  return !resources.some((other) => {
    if (other === resource) return false
    if (other.kind === copy) return holdsOne(other.spec as CopySpec, names)
    const { kind, spec } = other
    return kind.readsAs !== undefined && kind.files?.(spec).some((path) => names.includes(path))
  })
}

function holdsOne({ content }: CopySpec, names: readonly string[]): boolean {
  const bytes = Buffer.from(content)
  return names.some((name) => bytes.includes(name))
}

/** From the one that holds the file up to those that every node has. */
function ownFolders(folder: string): readonly string[] {
  return ordinary.test(folder) ? [folder, ...ownFolders(dirname(folder))] : []
}
