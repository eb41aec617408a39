import { dirname } from 'node:path/posix'
import { programAt } from '../programs/program-place.ts'
import { isOfUnit } from '../programs/systemd/unit-file.ts'
import type { Effects, FileEffect, TrafficPart, UnitEffect } from '../resources/effects.ts'
import type { FileStat } from '../system/system.ts'
import type { HealthScope } from './health-scope.ts'

/** Where to look for those who read a file. */
export interface Readers {
  /** Of all resources that a node is to have. */
  readonly desired: readonly Effects[]
  readonly scope: HealthScope
}

/** Where programs read files when they start or are told to, and at no other time. */
const ordinary = /^\/(etc|home|opt|root|srv|usr\/local|var\/local|var\/opt|var\/www)\//
/** Read to look up names and accounts, to set up network, kernel and units, or by the agent. */
const special =
  /^\/etc\/(evenkeel|host|resolv|nsswitch|gai|network|services|protocols|passwd|group|shadow|gshadow|pam|security|ld\.so|environment|netplan|NetworkManager|systemd|udev|mod|sysctl|iptables|nftables|ufw|firewalld|dhcp|dnsmasq|ppp|wireguard|bird|frr)/
/** Folders that hold files of many programs: that a file names one of them says nothing of the others. */
const shared =
  /^\/[^/]+$|^\/(usr|var)\/[^/]+$|^\/etc\/(default|systemd|systemd\/system|tmpfiles\.d)$|^\/usr\/local\/libexec(\/evenkeel)?$/
/** Units that carry no traffic: logs and clocks. */
const quiet = /^(cron|logrotate|rsyslog)\.(service|timer)$|^syslog\.socket$/

/**
 * What a change of a file can break: what reads it, as far as the desired state tells. A file without a known
 * reader can break anything, unless it is plain: in a folder where programs read what they are told to read,
 * and no program itself, which anything may call.
 * @param found what is at its path now
 */
export function partsOfFile(
  file: FileEffect,
  found: FileStat | null,
  readers: Readers,
): readonly TrafficPart[] {
  return judgeFile(file, found, readers, [])
}

/** What a change of a unit can break. */
export function partsOfUnit(name: string, scope: HealthScope): readonly TrafficPart[] {
  if (name === scope.haproxy?.unit) return ['haproxy']
  if (name === scope.keepalived?.unit) return ['keepalived']
  return quiet.test(name) ? [] : ['network']
}

/** @param above files whose readers are looked for: they may name each other */
function judgeFile(
  file: FileEffect,
  found: FileStat | null,
  readers: Readers,
  above: readonly string[],
): readonly TrafficPart[] {
  const { path } = file
  const { desired, scope } = readers
  const place = programAt(path)
  const units = desired.flatMap(({ unit }) => (unit !== null && reads(unit, path) ? unit : []))
  const isSpecial = special.test(path) && !units.some(({ name }) => isOfUnit(path, name))
  const certain: readonly TrafficPart[] = [
    ...(place === null ? [] : partsOfProgram(place, scope)),
    ...units.flatMap(({ name }) => partsOfUnit(name, scope)),
    ...(isSpecial ? (['network'] as const) : []),
  ]
  const files = desired.flatMap((one) => one.files)
  const named = files
    .filter((one) => one.path !== path && !above.includes(one.path))
    .filter(({ content }) => content !== null && names(content, path))
    .flatMap((one) => judgeFile(one, null, readers, [...above, path]))
  // A file that names it, and of which nobody knows who reads it, tells nothing new then
  if (certain.length > 0 || place !== null) {
    return [...certain, ...named.filter((part) => part !== 'network')]
  }
  if (named.length > 0) return named
  if (!isPlain(file, found)) return ['network']
  // What a haproxy.cfg names that is not ours is not known
  const isKnown = scope.haproxy === null || files.some((one) => one.path === scope.haproxy?.file)
  return isKnown ? [] : ['haproxy']
}

function partsOfProgram(
  program: NonNullable<ReturnType<typeof programAt>>,
  scope: HealthScope,
): readonly TrafficPart[] {
  if (program !== 'haproxy' && program !== 'keepalived') return []
  return [scope[program] === null ? 'network' : program]
}

/** A folder counts with all that is in it, and what is read with the folders above it. */
function reads(unit: UnitEffect, path: string): boolean {
  return (
    isOfUnit(path, unit.name) ||
    unit.reads.some(
      (one) => one === path || path.startsWith(`${one}/`) || one.startsWith(`${path}/`),
    )
  )
}

/** Whether a content names a file, or something in a folder of its own. */
function names(content: Uint8Array, path: string): boolean {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  return [path, ...ownFolders(dirname(path))].some((name) => bytes.includes(name))
}

/** From the one that holds the file up to those that files of other programs are in, too. */
function ownFolders(folder: string): readonly string[] {
  return folder === '/' || shared.test(folder) ? [] : [folder, ...ownFolders(dirname(folder))]
}

function isPlain({ path, becomes, mode }: FileEffect, found: FileStat | null): boolean {
  if (becomes === 'directory' || becomes === 'link' || !ordinary.test(path)) return false
  if (found !== null && found.type !== 'file') return false
  const modes = [mode, found?.mode].filter((one) => one !== null && one !== undefined)
  return modes.length > 0 && modes.every((one) => (one & 0o111) === 0)
}
