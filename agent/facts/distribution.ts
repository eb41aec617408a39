import type { System } from '../system/system.ts'
import type { Facts } from './fact.ts'

/** Ansible's names of distributions, by ID of os-release. */
const names: Readonly<Record<string, string>> = {
  debian: 'Debian',
  raspbian: 'Debian',
  ubuntu: 'Ubuntu',
  devuan: 'Devuan',
  rhel: 'RedHat',
  centos: 'CentOS',
  rocky: 'Rocky',
  almalinux: 'AlmaLinux',
  ol: 'OracleLinux',
  fedora: 'Fedora',
  amzn: 'Amazon',
  sles: 'SLES',
  'opensuse-leap': 'openSUSE Leap',
  arch: 'Archlinux',
  alpine: 'Alpine',
}

/** Ansible's os_family, by ID or one of ID_LIKE. */
const families: Readonly<Record<string, string>> = {
  debian: 'Debian',
  ubuntu: 'Debian',
  rhel: 'RedHat',
  fedora: 'RedHat',
  centos: 'RedHat',
  suse: 'Suse',
  sles: 'Suse',
  arch: 'Archlinux',
  alpine: 'Alpine',
}

/** All of them are text; none is there on a node that has lost os-release. */
export type DistributionFacts = Facts & {
  readonly distribution?: string
  readonly os_family?: string
}

/** The distribution of a node. The second place of os-release is for an /etc without it: os-release(5). */
export async function readDistribution(
  files: Pick<System, 'readFile'>,
): Promise<DistributionFacts> {
  const read = async (path: string): Promise<string> =>
    new TextDecoder().decode((await files.readFile(path)) ?? new Uint8Array())
  const osRelease = (await read('/etc/os-release')) || (await read('/usr/lib/os-release'))
  return distributionFacts(osRelease, await read('/etc/debian_version'))
}

/**
 * The distribution as Ansible names it.
 * @param osRelease text of /etc/os-release, see os-release(5). Empty: there is none, and nothing is known; what is
 * not known must not pass for another distribution
 * @param debianVersion text of /etc/debian_version: only there has Debian its minor version
 */
export function distributionFacts(osRelease: string, debianVersion: string): DistributionFacts {
  if (osRelease === '') return {}
  const values = parseOsRelease(osRelease)
  const id = values.get('ID') ?? ''
  const minor = id === 'debian' && /^\d/.test(debianVersion) ? debianVersion.trim() : undefined
  const version = minor ?? values.get('VERSION_ID') ?? 'n/a'
  const like = [id, ...(values.get('ID_LIKE') ?? '').split(' ')]
  const name = names[id] ?? values.get('NAME') ?? 'Linux'
  return {
    distribution: name,
    distribution_version: version,
    distribution_major_version: version.split('.')[0],
    distribution_release:
      values.get('VERSION_CODENAME') ??
      /\(([^)]+)\)/.exec(values.get('VERSION') ?? '')?.[1] ??
      'n/a',
    os_family: like.map((it) => families[it]).find((family) => family !== undefined) ?? name,
  }
}

function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const lines = [...text.matchAll(/^([A-Z_0-9]+)=(["']?)(.*)\2[ \t]*$/gm)]
  return new Map(lines.map(([, key = '', , value = '']) => [key, value]))
}
